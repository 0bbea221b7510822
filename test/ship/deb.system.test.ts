import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { defaultConfigFile } from "../../src/config/config-file-path.ts";
import { hasTool } from "../alerts/run-tool.ts";
import { makeBuildFolder, type BuildFolder } from "./package-files.ts";

const describeWithDpkg = hasTool("dpkg-deb") && process.platform === "linux" ? describe : describe.skip;
const testWithSystemd = hasTool("systemd-analyze") ? test : test.skip;

describeWithDpkg("the Debian package", () => {
  let build: BuildFolder;
  let root = "";
  let deb = "";

  beforeAll(() => {
    build = makeBuildFolder();
    build.run("npm", ["run", "--silent", "build"]);
    deb = build.run("node", [".ci/build/deb.ts", "none"]).trim();
    root = mkdtempSync(join(tmpdir(), "hma-deb-root-"));
    expect(spawnSync("dpkg-deb", ["--extract", deb, root]).status).toBe(0);
  }, 300_000);

  afterAll(() => {
    build.remove();
    rmSync(root, { recursive: true, force: true });
  });

  const field = (name: string): string =>
    spawnSync("dpkg-deb", ["--field", deb, name], { encoding: "utf8" }).stdout.trim();
  const installed = (path: string): string => readFileSync(join(root, path), "utf8");
  const run = (...args: readonly string[]): { readonly status: number | null; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync(
      join(root, "usr/lib/hma-exporter/node"),
      [join(root, "usr/lib/hma-exporter/dist/main.js"), ...args],
      { encoding: "utf8" },
    );
    return { status, text: stdout + stderr };
  };

  test("has the version of package.json and the name of the program", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect([field("Package"), field("Version")]).toEqual(["hma-exporter", version]);
  });

  test("belongs to root, and only root can write it", () => {
    const { stdout } = spawnSync("dpkg-deb", ["--contents", deb], { encoding: "utf8" });
    const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("l"));
    expect(lines.filter((line) => !/^[d-]rw[x-]r-[x-]r-[x-] root\/root /.test(line))).toEqual([]);
  });

  test("its configuration is at the path that the program reads, and an upgrade keeps a changed one", () => {
    const file = defaultConfigFile("linux");
    expect(statSync(join(root, file)).isFile()).toBe(true);
    const control = mkdtempSync(join(tmpdir(), "hma-deb-control-"));
    spawnSync("dpkg-deb", ["--control", deb, control]);
    expect(readFileSync(join(control, "conffiles"), "utf8")).toBe(`${file}\n`);
    for (const script of ["postinst", "prerm", "postrm"])
      expect([script, spawnSync("sh", ["-n", join(control, script)]).status]).toEqual([script, 0]);
    rmSync(control, { recursive: true });
  });

  test("its configuration has no faults", () => {
    expect(run("check-config", join(root, "etc/hma-exporter/hma-exporter.yml"))).toMatchObject({ status: 0 });
  });

  test("its program runs with its own Node.js and packages", () => {
    expect(run("--version")).toMatchObject({
      status: 0,
      text: expect.stringMatching(/^hma-exporter, version \d+\.\d+\.\d+ /),
    });
    const farm = join(root, "farm");
    expect(run("simulate", farm, "--servers", "2", "--duration", "1h")).toMatchObject({ status: 0 });
    expect(run("analyze", farm, "--format", "html", "--output", join(root, "report.html"))).toMatchObject({
      status: 0,
    });
    expect(run("check-exchange", "--farm", farm).text).toContain("auth_admin_read_session");
  });

  test("contains rules, dashboards and docs, and no generator", () => {
    expect(readdirSync(join(root, "usr/share/hma-exporter/alerts"))).toContain("hma-symptoms.rules.yml");
    expect(readdirSync(join(root, "usr/share/hma-exporter/alerts"))).not.toContain("src");
    expect(readdirSync(join(root, "usr/share/hma-exporter/dashboards"))).toContain("hma-fleet.json");
    expect(readdirSync(join(root, "usr/share/doc/hma-exporter"))).toContain("configuration.md");
  });

  const UNIT = "usr/lib/systemd/system/hma-exporter.service";

  test("every path in the unit belongs to the package or the system", () => {
    const paths = [...installed(UNIT).matchAll(/(?:=|\s)(?:file:\/\/)?(\/usr\/[^\s]+)/g)].map(([, path = ""]) => path);
    const ours = paths.filter((path) => path.includes("hma-exporter"));
    expect(ours.length).toBeGreaterThan(1);
    for (const path of ours) expect([path, statSync(join(root, path)).isFile()]).toEqual([path, true]);
  });

  testWithSystemd("systemd reports no fault in the unit", () => {
    const folder = join(root, "verify");
    mkdirSync(folder);
    const unit = join(folder, "hma-exporter.service");
    writeFileSync(unit, installed(UNIT).replaceAll("=/usr/lib/hma-exporter", `=${join(root, "usr/lib/hma-exporter")}`));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
    expect({ status, faults: stderr.split("\n").filter((line) => line.includes("hma-exporter")) }).toEqual({
      status: 0,
      faults: [],
    });
  });

  testWithSystemd("systemd rates its exposure as OK", () => {
    const { status, stdout } = spawnSync(
      "systemd-analyze",
      ["security", "--offline=true", `--root=${root}`, "--threshold=25", "hma-exporter.service"],
      { encoding: "utf8" },
    );
    expect({ status, level: /exposure level for \S+ (.*)$/m.exec(stdout)?.[1] }).toMatchObject({ status: 0 });
  });
});
