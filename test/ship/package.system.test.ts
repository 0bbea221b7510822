import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hashesIn, makeBuildFolder, type BuildFolder } from "./package-files.ts";

let build: BuildFolder;
let unpacked = "";
let packed: readonly string[] = [];
let firstHash = "";

beforeAll(() => {
  build = makeBuildFolder();
  build.run("npm", ["run", "--silent", "build"]);
  firstHash = hashesIn(join(build.path, "dist")).join("\n");
  const [{ files, filename }] = JSON.parse(build.run("npm", ["pack", "--json", "--ignore-scripts"])) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = files.map(({ path }) => path).sort();
  unpacked = mkdtempSync(join(tmpdir(), "hma-package-"));
  spawnSync("tar", ["-xzf", join(build.path, filename), "-C", unpacked]);
}, 300_000);

afterAll(() => {
  build.remove();
  rmSync(unpacked, { recursive: true, force: true });
});

describe("the package", () => {
  test("contains the program, its scripts, dashboards, alerts and docs", () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        "package.json",
        "LICENSE",
        "CHANGELOG.md",
        "dist/main.js",
        "dist/build-info.json",
        "dist/reading-thread.js",
        "dist/password-thread.js",
        "dist/windows/install.ps1",
        ...["counters", "events", "snapshot", "workers"].map((name) => `dist/scripts/collect-${name}.ps1`),
        "dist/scripts/run-collection.ps1",
        "dashboards/hma-fleet.json",
        "dashboards/hma-server.json",
        "alerts/hma-symptoms.rules.yml",
        "alerts/examples/prometheus.yml",
        "docs/configuration.md",
        "docs/config.schema.json",
        "docs/runbooks/README.md",
      ]),
    );
  });

  test("contains no tests, no TypeScript, no source maps, and nothing of the build machine", () => {
    expect(
      packed.filter((path) => /(?:^|\/)(?:test|node_modules|\.ci)\/|\.ts$|\.map$|\.tgz$|^src\//.test(path)),
    ).toEqual([]);
    const telling = packed.filter((path) => {
      const text = readFileSync(join(unpacked, "package", path), "latin1");
      return text.includes(build.path) || text.includes(process.cwd()) || text.includes("sourceMappingURL");
    });
    expect(telling).toEqual([]);
  });

  test("is small", () => {
    // Except for screenshots of the pages, it is code and text.
    const bytes = packed
      .filter((path) => !path.endsWith(".png"))
      .reduce((sum, path) => sum + readFileSync(join(unpacked, "package", path)).length, 0);
    expect(bytes).toBeLessThan(8 * 1024 * 1024);
  });

  test("two builds give the same files", () => {
    build.run("npm", ["run", "--silent", "build"], { TZ: "Pacific/Auckland", LANG: "tr_TR.UTF-8" });
    expect(hashesIn(join(build.path, "dist")).join("\n")).toBe(firstHash);
  }, 300_000);
});

describe("the installed package", () => {
  const run = (
    node: string,
    args: readonly string[],
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(node, [join(unpacked, "package", "dist", "main.js"), ...args], { encoding: "utf8", cwd: unpacked });

  beforeAll(() => {
    // Its packages come from the work tree; npm would download them.
    if (!existsSync(join(unpacked, "node_modules")))
      spawnSync("ln", ["-s", join(process.cwd(), "node_modules"), join(unpacked, "node_modules")]);
  });

  test("--version prints version and commit", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(run(process.execPath, ["--version"]).stdout).toMatch(
      new RegExp(`^hma-exporter, version ${version.replaceAll(".", "\\.")} \\(commit: 0123456789abcdef, node: v\\d+`),
    );
  });

  test("simulates a farm and finds its incidents", () => {
    const farm = join(unpacked, "farm");
    mkdirSync(farm);
    expect(
      run(process.execPath, [
        "simulate",
        farm,
        "--duration",
        "3h",
        "--rate",
        "0.3",
        "--servers",
        "1",
        "--scenario",
        "stale-keys-crash",
      ]).stderr,
    ).toBe("");
    const { status, stdout } = run(process.execPath, ["analyze", farm, "--format", "json"]);
    const found = JSON.parse(stdout) as { incidents: { cause: string }[] };
    expect([status, found.incidents.map(({ cause }) => cause)]).toEqual([0, ["stale_keys_after_recycle"]]);
  });

  test("prints the help of every command without the rest of the repository", () => {
    for (const command of [
      "serve",
      "analyze",
      "collect",
      "check-exchange",
      "simulate",
      "demo",
      "check-config",
      "logs",
    ]) {
      expect([command, run(process.execPath, [command, "--help"]).status]).toEqual([command, 0]);
    }
  });
});
