/**
 * Divides the program's modules for the bundle: those that every start and `analyze` load become one file, `core.js`; all others import
 * them from there, so that each module exists once.
 */
import { basename, join, relative } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { ROOT } from "./build-info.ts";

/** Modules by their path below the top folder. */
type Graph = Metafile["inputs"];
/** Exported names of each module of the core. */
type CoreModules = ReadonlyMap<string, readonly string[]>;

/** All modules that the entry points of `options` load, at once or later. */
export async function graphOf(options: BuildOptions): Promise<Graph> {
  const { metafile } = await build({ ...options, absWorkingDir: ROOT, splitting: true, write: false, metafile: true });
  return metafile.inputs;
}

/** The modules of `src` that `entries` import statically, without the first entry, and what they export. */
export async function modulesOfStart(graph: Graph, entries: readonly [string, ...string[]]): Promise<CoreModules> {
  const found = new Set<string>();
  const open: string[] = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path) || !path.startsWith("src/")) continue;
    found.add(path);
    for (const one of graph[path]?.imports ?? []) if (one.kind === "import-statement") open.push(one.path);
  }
  found.delete(entries[0]);
  return namesOf([...found].sort());
}

async function namesOf(paths: readonly string[]): Promise<CoreModules> {
  const { metafile } = await build({
    entryPoints: [...paths],
    absWorkingDir: ROOT,
    outbase: ROOT,
    outdir: join(ROOT, "dist"),
    bundle: false,
    format: "esm",
    write: false,
    metafile: true,
  });
  return new Map(Object.values(metafile.outputs).map((output) => [output.entryPoint ?? "", output.exports]));
}

/** Modules that are loaded by `import()`: their path, and the name of the file that they become. Throws when two have one name. */
export function dynamicImportsOf(graph: Graph): ReadonlyMap<string, string> {
  const paths = new Set(
    Object.values(graph).flatMap(({ imports }) =>
      imports.filter((one) => one.kind === "dynamic-import" && one.path in graph).map((one) => one.path),
    ),
  );
  const names = new Map([...paths].sort().map((path) => [path, basename(path, ".ts")]));
  if (new Set([...names.values(), "main", "core"]).size !== names.size + 2)
    throw new Error(`Cannot bundle: two of these have the same file name: ${[...names.keys()].join(", ")}`);
  return names;
}

/** The source of `core.js`: every export of its modules, under a name of its own. */
export function coreSource(modules: CoreModules): string {
  return [...modules]
    .map(([path, names], index) => {
      const list = names.map((name) => `${name} as ${exportName(index, name)}`).join(", ");
      return names.length === 0 ? `import "./${path}";` : `export { ${list} } from "./${path}";`;
    })
    .join("\n");
}

function exportName(index: number, name: string): string {
  return `m${index}_${name}`;
}

/** For the build of `core.js`: what it loads later are files beside it. `commands`: their paths and names. */
export function core(commands: ReadonlyMap<string, string>): Plugin {
  return {
    name: "core",
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        const name = kind === "dynamic-import" ? commands.get(pathBelowRoot(resolveDir, path)) : undefined;
        return name === undefined ? null : { path: `./${name}.js`, external: true };
      });
    },
  };
}

const IN_CORE = "core";

/** For the build of all other files: a module of the core is imported from `core.js`. */
export function outsideCore(modules: CoreModules): Plugin {
  const paths = [...modules.keys()];
  return {
    name: "outside-core",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^(\.\.?)?\// }, ({ path, resolveDir }) => {
        const module = path.startsWith("/") ? relative(ROOT, path) : pathBelowRoot(resolveDir, path);
        return modules.has(module) ? { path: module, namespace: IN_CORE } : null;
      });
      onResolve({ filter: /^core$/, namespace: IN_CORE }, () => ({ path: "./core.js", external: true }));
      onLoad({ filter: /.*/, namespace: IN_CORE }, ({ path }) => {
        const index = paths.indexOf(path);
        const list = (modules.get(path) ?? []).map((name) => `${exportName(index, name)} as ${name}`).join(", ");
        return { contents: `export { ${list} } from "core";`, loader: "js" };
      });
    },
  };
}

function pathBelowRoot(folder: string, path: string): string {
  return relative(ROOT, join(folder, path)).replaceAll("\\", "/");
}

/**
 * Commander asks for these modules of Node.js when it is loaded, but uses them only for commands that are files of their own, which this
 * program does not have. Loading them takes a fifth of the time in which Node.js itself starts.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:(child_process|process)$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path, namespace: "lazy-builtin" } : null,
    );
    onLoad({ filter: /.*/, namespace: "lazy-builtin" }, ({ path }) => ({
      contents:
        path === "node:process"
          ? "module.exports = globalThis.process;"
          : "module.exports = new Proxy({}, { get: (_, name) => process.getBuiltinModule('node:child_process')[name] });",
      loader: "js",
    }));
  },
};

/** For modules of packages, by a pattern of their paths: what they export in the bundle, which uses nothing else of them. */
const REDUCED: readonly (readonly [pattern: RegExp, contents: string])[] = [
  // Express loads it when it starts, with tables of 70 encodings. Bodies of requests are not read.
  [/[\\/]node_modules[\\/]body-parser[\\/]index\.js$/, "module.exports = {};"],
  // Texts of faults in 50 languages. Those in English are imported by zod itself.
  [/[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, 'export { default as en } from "./en.js";'],
];

/** Leaves out parts of packages that the program does not use, but which each start would compile. */
export const reducedPackages: Plugin = {
  name: "reduced-packages",
  setup: ({ onLoad }) => {
    for (const [filter, contents] of REDUCED) onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
};

/**
 * An import of node:http makes a module of all its exports, among them a WebSocket, for which Node.js loads its HTTP client. This one has
 * only what the program uses.
 */
export const httpServer: Plugin = {
  name: "http-server",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:http$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "http-server" } : null,
    );
    onLoad({ filter: /.*/, namespace: "http-server" }, () => ({
      contents: 'export const { createServer } = process.getBuiltinModule("node:http");',
      loader: "js",
    }));
  },
};
