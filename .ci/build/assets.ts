/** Completes `dist/` after the compiler: scripts that are read as they are, and `build-info.json`. Called by `npm run build`. */
import { chmodSync, cpSync, globSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readBuildInfo, ROOT } from "./build-info.ts";

/** What of `src` is shipped as it is. */
const ASSETS = ["**/*.ps1", "daemon/windows/*"] as const;

const source = join(ROOT, "src");
const target = join(ROOT, "dist");
for (const path of ASSETS.flatMap((pattern) => globSync(join(source, pattern))))
  cpSync(path, join(target, relative(source, path)));
writeFileSync(join(target, "build-info.json"), `${JSON.stringify(readBuildInfo())}\n`);
chmodSync(join(target, "main.js"), 0o755);
