import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A copy of the work tree for building, so that it does not conflict with other builds; npm packages are shared. */
export interface BuildFolder {
  readonly path: string;
  readonly run: (command: string, args: readonly string[], environment?: Readonly<Record<string, string>>) => string;
  readonly remove: () => void;
}

const COPIED = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  ".ci",
  "src",
  "dashboards",
  "alerts",
  "docs",
  "LICENSE",
  "CHANGELOG.md",
  "README.md",
];

/** Throws with the command's output if it fails. */
export function makeBuildFolder(): BuildFolder {
  const path = mkdtempSync(join(tmpdir(), "hma-build-"));
  const present = new Set(readdirSync("."));
  for (const name of COPIED) if (present.has(name)) cpSync(name, join(path, name), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(path, "node_modules"));
  return {
    path,
    run: (command, args, environment = {}) => {
      const env = {
        ...process.env,
        HMA_EXPORTER_COMMIT: "0123456789abcdef",
        PATH: `${join(process.cwd(), "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
        ...environment,
      };
      const { status, stdout, stderr } = spawnSync(command, args, {
        cwd: path,
        encoding: "utf8",
        env,
        maxBuffer: 64 * 1024 * 1024,
      });
      if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${String(status)}\n${stdout}\n${stderr}`);
      return stdout;
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Paths below a folder with the hashes of their contents, sorted. */
export function hashesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${createHash("sha256").update(readFileSync(path)).digest("hex")} ${path.slice(folder.length + 1)}`)
    .sort((one, other) => (one.slice(65) < other.slice(65) ? -1 : 1));
}
