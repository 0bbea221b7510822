import { expect, test } from "@jest/globals";
import { configurationText } from "../../src/config/configuration-text.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Config } from "../../src/config/config-schema.ts";

function configOf(yaml: string): Config {
  const loaded = loadConfig(yaml);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
}

test("configurationText() is a complete configuration with the same meaning", () => {
  for (const yaml of [
    "",
    "farm: /f\nloop: { threshold: 7, gap: 90s, idle: 11m }\nweb: { listenAddress: [':1', '127.0.0.1:2'], " +
      "hosts: [a.example] }\nservers: [EX01]\nevents: { was: { '5011': crash } }",
  ]) {
    const config = configOf(yaml);
    expect(configOf(configurationText(config))).toEqual(config);
    expect(configurationText(config)).toMatch(/^ {2}poll: 1s$/m);
  }
});

test("configurationText() hides passwords in addresses", () => {
  const text = configurationText(configOf("keys: { proxy: 'http://user:s3cret@proxy.example:8080' }"));
  expect(text).not.toContain("s3cret");
  expect(text).toContain("proxy: http://<hidden>@proxy.example:8080");
});

test("configurationText() writes the keys of a probe as in the file, and hides its credentials", () => {
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
