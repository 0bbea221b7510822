import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { buildScanner } from "../../../.ci/build/scanner.ts";

test("IIS_SCANNER_WASM is source/iis-scanner.ts as it stands", () => {
  const path = "src/sources/scan/iis-scanner-wasm.ts";
  expect(
    readFileSync(join(import.meta.dirname, "../../..", path), "utf8") === buildScanner()
      ? path
      : `${path} is stale: run npm run scanner`,
  ).toBe(path);
});
