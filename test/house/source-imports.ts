import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

export const SRC = resolve("src");

/** An import of any kind, including type imports and `export from`. `file` is relative to src; `target` is as written in the import. */
export interface Import {
  readonly file: string;
  readonly target: string;
}

/** The TypeScript files of a folder and its subfolders. */
export function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

export function importsOf(file: string): Import[] {
  // Sample: import { a } from "./b.ts";  export type { c } from "d";  await import("./e.ts")
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s+"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/g;
  return [...readFileSync(file, "utf8").matchAll(pattern)].map((match) => ({
    file: relative(SRC, file),
    target: match[1] ?? match[2] ?? match[3] ?? "",
  }));
}
