import { readFileSync } from "node:fs";

/** Version of the package. `commit` is written into `build-info.json` when the package is built; "unknown" in a source tree. */
export interface VersionInfo {
  readonly version: string;
  readonly commit: string;
}

/** Defined when the single executable is built, which has no files beside it. */
declare const HMA_EXPORTER_BUILD: VersionInfo | undefined;

/** The built-in version if there is one; otherwise from the files beside the program. */
export function readVersion(): VersionInfo {
  if (typeof HMA_EXPORTER_BUILD !== "undefined") return HMA_EXPORTER_BUILD;
  return {
    version: textAt(new URL("../../package.json", import.meta.url), "version"),
    commit: textAt(new URL("../build-info.json", import.meta.url), "commit"),
  };
}

/** Text for `--version`, in the format of Prometheus exporters. */
export function versionText(): string {
  const { version, commit } = readVersion();
  return `hma-exporter, version ${version} (commit: ${commit}, node: ${process.version}, platform: ${process.platform}/${process.arch})`;
}

/** Error text when the version of Node.js (such as "20.20.2") is too old; null when it is new enough. */
export function whyTooOld(node: string): string | null {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const isEnough = major > 22 || (major === 22 && minor >= 12);
  return isEnough
    ? null
    : `Cannot run on Node.js ${node}: 22.12 or later is needed; in a clone of the repository "npm start --" ` +
        "runs it on the Node.js among its packages";
}

function textAt(url: URL, key: string): string {
  try {
    const content: unknown = JSON.parse(readFileSync(url, "utf8"));
    if (typeof content !== "object" || content === null) return "unknown";
    const value: unknown = Object.entries(content).find(([name]) => name === key)?.[1];
    return typeof value === "string" ? value : "unknown";
  } catch {
    return "unknown";
  }
}
