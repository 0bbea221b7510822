import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The text of a generated file in the repository; with UPDATE_DOCS=1 it is written as `wanted` first. */
export function writtenPage(path: string, wanted: string): string {
  const file = resolve(import.meta.dirname, "..", path);
  if (process.env["UPDATE_DOCS"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
  }
  return readFileSync(file, "utf8").replaceAll("\r\n", "\n");
}
