/** Compiles the scanner into a module beside it, so that nothing has to be read from the disk. `npm run scanner`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const SOURCE = "src/sources/scan/source/iis-scanner.ts";
const TARGET = join(ROOT, "src/sources/scan/iis-scanner-wasm.ts");
/**
 * Static data of the compiler stands above the tables. 425 pages hold them, the successes and one chunk; a page takes memory only once
 * it is used.
 */
const OPTIONS = [
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--initialMemory",
  "425",
  "--memoryBase",
  "45056",
];

/** The module's text, compiled from the source. */
export function buildScanner(): string {
  const folder = mkdtempSync(join(tmpdir(), "hma-scanner-"));
  try {
    const output = join(folder, "iis-scanner.wasm");
    execFileSync(
      process.execPath,
      [join(ROOT, "node_modules/assemblyscript/bin/asc.js"), SOURCE, "-o", output, ...OPTIONS],
      { cwd: ROOT },
    );
    const lines =
      readFileSync(output)
        .toString("base64")
        .match(/.{1,150}/g) ?? [];
    return [
      `/** ${SOURCE}, compiled. Written by \`npm run scanner\`; not to be edited. */`,
      "export const IIS_SCANNER_WASM = [",
      ...lines.map((line) => `  "${line}",`),
      '].join("");',
      "",
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) writeFileSync(TARGET, buildScanner());
