import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { buildScanner } from "../../../.ci/build/scanner.ts";

test("IIS_SCANNER_WASM is compiled from the current source/iis-scanner.ts", () => {
  const path = "src/sources/scan/iis-scanner-wasm.ts";
  expect(
    readFileSync(join(import.meta.dirname, "../../..", path), "utf8") === buildScanner()
      ? path
      : `${path} is stale: run npm run scanner`,
  ).toBe(path);
});
