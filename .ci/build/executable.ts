/**
 * Makes the single executable for Windows (x64) in `dist-windows/`, with the scripts that belong beside it. Runs on Linux: the program
 * is bundled to one file, made a blob by Node.js of the version that the executable carries, and put into its node.exe. Both come
 * from npm (`npm pack`). Called by `npm run executable`.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { readBuildInfo, ROOT } from "./build-info.ts";
import { READING_THREAD_ASSET } from "../../src/analysis/start-reading-thread.ts";
import { PASSWORD_THREAD_ASSET } from "../../src/web/passwords/start-password-thread.ts";
import { withoutSignature } from "./unsigned-image.ts";

/** Runs on Windows Server 2012 R2 and later, the oldest that carries an Exchange with the fix; Node.js 24 asks for 2016. */
const NODE_VERSION = "22.22.2";
/** Where Node.js looks for a blob in itself. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const TARGET = join(ROOT, "dist-windows");
const START =
  "import { runCommandLine } from " +
  '"../../src/commands/command-line.ts";\nrunCommandLine(process.argv.slice(2)).then((code) => { ' +
  "process.exitCode = code; });\n";

const work = mkdtempSync(join(tmpdir(), "hma-executable-"));
try {
  const bundle = await bundleInto(work, "hma-exporter.cjs", START);
  const readingThread = await bundleInto(
    work,
    READING_THREAD_ASSET,
    'import "../../src/analysis/reading-thread.ts";\n',
  );
  const passwordThread = await bundleInto(
    work,
    PASSWORD_THREAD_ASSET,
    'import "../../src/web/passwords/password-thread.ts";\n',
  );
  const blob = blobOf(bundle, [readingThread, passwordThread]);
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(join(TARGET, "scripts"), { recursive: true });
  const executable = join(TARGET, "hma-exporter.exe");
  writeFileSync(executable, withoutSignature(readFileSync(join(fetchNode("win-x64"), "bin", "node.exe"))));
  const postject = join(ROOT, "node_modules", "postject", "dist", "cli.js");
  execFileSync(process.execPath, [postject, executable, "NODE_SEA_BLOB", blob, "--sentinel-fuse", FUSE], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  chmodSync(executable, 0o755);
  writeFileSync(join(TARGET, "build-info.json"), `${JSON.stringify(readBuildInfo())}\n`);
  cpSync(join(ROOT, "src", "exchange", "powershell", "scripts"), join(TARGET, "scripts"), { recursive: true });
  cpSync(join(ROOT, "src", "daemon", "windows"), TARGET, { recursive: true });
  for (const name of ["LICENSE", "CHANGELOG.md", "docs/windows.md", "docs/dependencies.md"])
    copyFileSync(join(ROOT, name), join(TARGET, name.replace("docs/", "")));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** A module and its packages as one CommonJS file, which is what a single executable and its workers take. */
async function bundleInto(folder: string, name: string, contents: string): Promise<string> {
  const outfile = join(folder, name);
  await build({
    stdin: {
      contents,
      resolveDir: join(ROOT, "src"),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    outfile,
    legalComments: "none",
    logLevel: "warning",
    // What lies beside a module in the source lies beside the executable.
    banner: { js: 'const executableUrl = require("node:url").pathToFileURL(process.execPath).href;' },
    define: { "import.meta.url": "executableUrl", HMA_EXPORTER_BUILD: JSON.stringify(readBuildInfo()) },
  });
  return outfile;
}

/** `assets`: files that the executable finds by their names. */
function blobOf(bundle: string, assets: readonly string[]): string {
  const output = join(work, "sea.blob");
  // Names without their folder: the blob keeps them, and the folder is another one each time.
  writeFileSync(
    join(work, "sea.json"),
    JSON.stringify({
      main: basename(bundle),
      output,
      disableExperimentalSEAWarning: true,
      useCodeCache: false,
      useSnapshot: false,
      assets: Object.fromEntries(assets.map((path) => [basename(path), basename(path)])),
    }),
  );
  execFileSync(
    join(fetchNode(`${process.platform}-${process.arch}`), "bin", "node"),
    ["--experimental-sea-config", "sea.json"],
    { cwd: work, stdio: ["ignore", "ignore", "inherit"] },
  );
  return output;
}

/** The folder of a Node.js of this version, as npm carries it. */
function fetchNode(system: string): string {
  const folder = join(work, system);
  mkdirSync(folder);
  const [file = ""] = execFileSync(
    "npm",
    ["pack", "--silent", "--pack-destination", folder, `node-${system}@${NODE_VERSION}`],
    { encoding: "utf8" },
  )
    .trim()
    .split("\n")
    .slice(-1);
  execFileSync("tar", ["-xzf", join(folder, file), "-C", folder]);
  return join(folder, "package");
}
