import { expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFileOf, defaultConfigFile } from "../../src/config/config-file-path.ts";

test("defaultConfigFile() is the system's usual path for such files", () => {
  expect(defaultConfigFile("linux")).toBe("/etc/hma-exporter/hma-exporter.yml");
  expect(defaultConfigFile("win32", "C:\\ProgramData")).toMatch(
    /^C:\\ProgramData[/\\]hma-exporter[/\\]hma-exporter\.yml$/,
  );
});

test("configFileOf() returns the given file, otherwise the default file if it exists", () => {
  const folder = mkdtempSync(join(tmpdir(), "hma-config-"));
  const file = join(folder, "hma-exporter.yml");
  expect(configFileOf("/named.yml", file)).toBe("/named.yml");
  expect(configFileOf(undefined, file)).toBeNull();
  writeFileSync(file, "");
  expect(configFileOf(undefined, file)).toBe(file);
  rmSync(folder, { recursive: true });
});
