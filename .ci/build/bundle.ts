/**
 * Makes `dist/`: the program as ES modules, bundled with splitting, so that a start resolves and compiles few files, and what only some
 * commands need is loaded when it is needed. Packages stay outside but those of every start. Beside the modules stand `scripts/`
 * (PowerShell), `windows/` (installation of the service) and `build-info.json`. Called by `npm run build`.
 */
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { readBuildInfo, ROOT } from "./build-info.ts";

const source = join(ROOT, "src");
const target = join(ROOT, "dist");

/** Small packages that commands load at once: inside the bundle they cost no look-up. All others are loaded from node_modules. */
const NEEDED_AT_EACH_START = new Set(["cli-progress", "commander", "lru-cache", "saxes"]);
/** Packages that are CommonJS modules ask for Node.js' own by require(). */
const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';
const manifest: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

rmSync(target, { recursive: true, force: true });
await build({
  entryPoints: {
    main: join(source, "main.ts"),
    // Started by their files' names, see start-reading-thread.ts and start-password-thread.ts.
    "reading-thread": join(source, "analysis", "reading-thread.ts"),
    "password-thread": join(source, "web", "passwords", "password-thread.ts"),
  },
  outdir: target,
  bundle: true,
  splitting: true,
  external: Object.keys(manifest.dependencies).filter((name) => !NEEDED_AT_EACH_START.has(name)),
  banner: { js: REQUIRE },
  minifyWhitespace: true,
  minifySyntax: true,
  // A linked node_modules folder would leave its path in the names of CommonJS modules.
  preserveSymlinks: true,
  platform: "node",
  format: "esm",
  target: "node22",
  // All in one folder: what is found from import.meta.url stands beside every module.
  chunkNames: "chunk-[hash]",
  legalComments: "eof",
  logLevel: "warning",
  define: { HMA_EXPORTER_BUILD: JSON.stringify(readBuildInfo()) },
});
copyInto("scripts", "**/powershell/scripts/*.ps1");
copyInto("windows", "daemon/windows/*");
writeFileSync(join(target, "build-info.json"), `${JSON.stringify(readBuildInfo())}\n`);
chmodSync(join(target, "main.js"), 0o755);

/** Files of `src` that are read as they are. */
function copyInto(folder: string, pattern: string): void {
  mkdirSync(join(target, folder));
  for (const path of globSync(join(source, pattern))) cpSync(path, join(target, folder, basename(path)));
}
