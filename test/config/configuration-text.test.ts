import { expect, test } from "@jest/globals";
import { configurationText } from "../../src/config/configuration-text.ts";
import { loadConfig } from "../../src/config/load-config.ts";

test("configurationText() names the keys of a probe as the file does, and hides its identity", () => {
  const text = [
    "probe:",
    "  namespace: mail.contoso.com",
    "  every: 2m",
    "  identity: probe@contoso.com",
    "  servers: [{ name: EX01, address: ex01.contoso.com }]",
  ].join("\n");
  const loaded = loadConfig(text);
  const written = loaded.ok ? configurationText(loaded.config) : "";
  expect(written).toContain("  every: 2m\n");
  expect(written).toContain("  identity: <hidden>\n");
  expect(written).not.toContain("probe@contoso.com");
});
