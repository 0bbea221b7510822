import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VersionInfo } from "../../src/daemon/version.ts";

/** Top folder of the work tree. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What decides over the program that is built. */
const SHIPPED = ["src", ".ci/build", "package.json", "package-lock.json", "tsconfig.json"] as const;

/**
 * Version and commit of the work tree. The commit ends in `-modified` when what is built differs from it; HMA_EXPORTER_COMMIT wins
 * over git; without both it is "unknown". Throws when package.json has no version.
 */
export function readBuildInfo(): VersionInfo {
  const content: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  if (
    typeof content !== "object" ||
    content === null ||
    !("version" in content) ||
    typeof content.version !== "string"
  ) {
    throw new Error("Cannot build: package.json has no version");
  }
  return { version: content.version, commit: commitOf() };
}

function commitOf(): string {
  const given = process.env["HMA_EXPORTER_COMMIT"];
  if (given !== undefined && given !== "") return given;
  try {
    const changed = git(["status", "--porcelain", "--", ...SHIPPED]);
    return `${git(["rev-parse", "HEAD"])}${changed === "" ? "" : "-modified"}`;
  } catch {
    return "unknown";
  }
}

function git(args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
