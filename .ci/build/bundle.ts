/**
 * Makes `dist/`: the program as ES modules, bundled with splitting, so that a start resolves and compiles few files, and what only some
 * commands need is loaded when it is needed. What a start and `analyze` always load is one file, `core.js`. Packages stay outside but
 * those of every start and of the daemon. Beside the modules stand `scripts/` (PowerShell), `windows/` (installation of the service) and
 * `build-info.json`. Called by `npm run build`.
 */
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { readBuildInfo, ROOT } from "./build-info.ts";
import {
  core,
  dynamicImportsOf,
  coreSource,
  graphOf,
  httpServer,
  lazyBuiltins,
  modulesOfStart,
  outsideCore,
  reducedPackages,
} from "./core-modules.ts";

const source = join(ROOT, "src");
const target = join(ROOT, "dist");
const main = join(source, "main.ts");

/**
 * Packages that the daemon or each start load: inside the bundle they cost no look-up, and no compiling of what is not used. All others are
 * loaded from node_modules.
 */
const BUNDLED = new Set([
  ...[
    "cli-progress",
    "commander",
    "express",
    "fast-xml-parser",
    "lru-cache",
    "node-powershell",
    "prom-client",
    "re2js",
  ],
  ...["rotating-file-stream", "saxes", "undici", "winston", "yaml", "zod"],
]);
/** Packages that are CommonJS modules ask for Node.js' own by require(). */
const REQUIRE = "const require = process.getBuiltinModule;";
const manifest: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const common: BuildOptions = {
  outdir: target,
  bundle: true,
  external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
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
};

rmSync(target, { recursive: true, force: true });
const graph = await graphOf({ ...common, entryPoints: [main] });
const start = await modulesOfStart(graph, ["src/main.ts", "src/commands/analyze.ts"]);
const commands = dynamicImportsOf(graph);
await build({
  ...common,
  stdin: { contents: coreSource(start), resolveDir: ROOT, sourcefile: "core.ts", loader: "ts" },
  entryNames: "core",
  plugins: [core(commands), lazyBuiltins, reducedPackages],
});
await build({ ...common, entryPoints: { main }, plugins: [outsideCore(start)] });
await build({
  ...common,
  entryPoints: Object.fromEntries([...commands].map(([path, name]) => [name, join(ROOT, path)])),
  splitting: true,
  plugins: [outsideCore(start), httpServer, reducedPackages],
});
// Started by their files' names, see start-reading-thread.ts and start-password-thread.ts. A thread loads its modules anew: one file each.
await build({
  ...common,
  entryPoints: {
    "reading-thread": join(source, "analysis", "reading-thread.ts"),
    "password-thread": join(source, "web", "passwords", "password-thread.ts"),
  },
  plugins: [lazyBuiltins],
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
