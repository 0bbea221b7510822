import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readBuildInfo } from "../../.ci/build/build-info.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { scrape, until } from "../daemon/daemon-process.ts";
import { tellSkipped } from "./tell-skipped.ts";
import { startWine, whyNoWine, windowsPath, type WineHost, type WineProcess } from "./wine-host.ts";
import { PROGRAM } from "../program.ts";

/** The executable created by `npm run executable`. */
const EXECUTABLE = resolve("dist-windows", "hma-exporter.exe");
const COUNTED =
  /^hma_(?:requests_total|bearer_rejections_total|bearer_loops_total|incidents_total|log_lines_total|log_bytes_read_total)\b/;

const because = whyNoWine(EXECUTABLE, readBuildInfo().commit);
if (because !== null) tellSkipped("executable for Windows", because);

(because === null ? describe : describe.skip)("the executable for Windows, under Wine", () => {
  let folder = "";
  let farm = "";
  let wine: WineHost;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hma-wine-"));
    wine = startWine(folder);
    farm = join(folder, "farm");
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 3 * 3_600_000,
      durationMs: 7_200_000,
      clients: 60,
      requestsPerSecond: 0.5,
      scenarios: [{ name: "stale-keys-crash", afterMs: 2_400_000, server: 0 }],
    });
  }, 600_000);

  afterAll(() => {
    wine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs serve for the farm (or with other options) under Wine, and waits until the logs are read. */
  async function serve(state: string, options: readonly string[]): Promise<{ daemon: WineProcess; url: string }> {
    const daemon = wine.start(EXECUTABLE, [
      "serve",
      ...options,
      "--state",
      windowsPath(join(folder, state)),
      "--web.listen-address",
      "127.0.0.1:0",
    ]);
    const url = await until(
      async () => /"message":"Listening".*"url":"([^"]+)"/.exec(daemon.stdout())?.[1] ?? null,
      120_000,
      () => daemon.stdout() + daemon.stderr(),
    );
    await until(
      async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
      120_000,
      () => daemon.stdout() + daemon.stderr(),
    );
    return { daemon, url };
  }

  test("--version prints its version, commit and platform", () => {
    expect(wine.run(EXECUTABLE, ["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^hma-exporter, version \S+ \(commit: [0-9a-f]{40}(?:-modified)?, node: v22\.\S+ platform: win32\/x64\)\r?\n$/,
      ),
    });
  }, 300_000);

  test("check-config accepts a good file with CRLF and a BOM, and lists all faults of a bad one", () => {
    const good = join(folder, "good.yml");
    writeFileSync(good, "\uFEFFstate: 'C:\\ProgramData\\hma-exporter\\state'\r\nweb: { listenAddress: ':10401' }\r\n");
    expect(wine.run(EXECUTABLE, ["check-config", windowsPath(good)])).toMatchObject({ code: 0 });
    const bad = join(folder, "bad.yml");
    writeFileSync(bad, "loop: { threshold: 1 }\r\nstat: here\r\n");
    const { code, stderr } = wine.run(EXECUTABLE, ["check-config", windowsPath(bad)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/2 faults[\s\S]*loop\.threshold: found 1[\s\S]*stat: /);
  }, 300_000);

  test.each(["1", "2"])(
    "analyze has the same findings as on Linux, threads: %s",
    (threads) => {
      const output = join(folder, `found-${threads}.json`);
      expect(
        wine.run(EXECUTABLE, [
          "analyze",
          windowsPath(farm),
          "--threads",
          threads,
          "--format",
          "json",
          "--output",
          windowsPath(output),
        ]),
      ).toMatchObject({ code: 0 });
      const onLinux = JSON.parse(
        spawnSync(process.execPath, [PROGRAM, "analyze", farm, "--format", "json"], {
          encoding: "utf8",
          maxBuffer: 64 * 1024 * 1024,
        }).stdout,
      ) as { incidents: { cause: string }[] };
      expect(onLinux.incidents.map(({ cause }) => cause)).toEqual(["stale_keys_after_recycle"]);
      expect(comparable(JSON.parse(readFileSync(output, "utf8")))).toEqual(comparable(onLinux));
    },
    600_000,
  );

  test("serve counts the existing rows, and continues after Ctrl+C and after a crash", async () => {
    const first = await serve("state", ["--farm", windowsPath(farm)]);
    const page = `${first.url}/metrics/servers/EX01`;
    const counted = await scrape(page, COUNTED);
    expect([...counted.values()].some((value) => value > 0)).toBe(true);
    expect(await first.daemon.interrupt()).toBe(0);
    expect(first.daemon.stdout()).toContain('"message":"Stopping"');
    expect(readdirSync(join(folder, "state"))).not.toContain("lock");

    const second = await serve("state", ["--farm", windowsPath(farm)]);
    expect(await scrape(`${second.url}/metrics/servers/EX01`, COUNTED)).toEqual(counted);
    await second.daemon.kill();
    const third = await serve("state", ["--farm", windowsPath(farm)]);
    expect(await scrape(`${third.url}/metrics/servers/EX01`, COUNTED)).toEqual(counted);
    expect(await third.daemon.interrupt()).toBe(0);
  }, 600_000);

  test("finds IIS and Exchange from their configuration and the registry", async () => {
    const drive = join(folder, "prefix", "drive_c");
    mkdirSync(join(drive, "windows", "system32", "inetsrv", "config"), { recursive: true });
    writeFileSync(
      join(drive, "windows", "system32", "inetsrv", "config", "applicationHost.config"),
      '<configuration><system.applicationHost><sites>\r\n<site name="Default Web Site" id="1"><logFile ' +
        'directory="%SystemDrive%\\Web Logs" /></site>\r\n</sites></system.applicationHost></configuration>\r\n',
    );
    cpSync(join(farm, "EX01", "LogFiles", "W3SVC1"), join(drive, "Web Logs", "W3SVC1"), { recursive: true });
    cpSync(join(farm, "EX01", "Logging"), join(drive, "Exchange Server", "V15", "Logging"), { recursive: true });
    expect(
      wine.run("reg", [
        "add",
        "HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Setup",
        "/v",
        "MsiInstallPath",
        "/d",
        "C:\\Exchange Server\\V15\\",
        "/f",
      ]).code,
    ).toBe(0);
    const config = join(folder, "found.yml");
    writeFileSync(config, "server: EX01\r\nkeys: { enabled: false }\r\ncollect: { enabled: false }\r\n");
    const { daemon, url } = await serve("found", ["--config.file", windowsPath(config)]);
    expect(daemon.stdout()).toContain(
      '"what":"IIS LogFiles/W3SVC1","path":"C:\\\\Web Logs\\\\W3SVC1","how":"IIS configuration"',
    );
    expect(daemon.stdout()).toContain(
      '"what":"Exchange logs","path":"C:\\\\Exchange Server\\\\V15\\\\Logging","how":"registry"',
    );
    const read = await scrape(
      `${url}/metrics`,
      /^hma_log_lines_total\{format="(?:iis|http_proxy|ews)",fate="counted"\}/,
    );
    expect([...read.values()].every((value) => value > 0)).toBe(true);
    expect(await daemon.interrupt()).toBe(0);
  }, 600_000);

  test("a server's own folders: drive letter, any case, blanks, a long path, new rows, and a file renamed while it is read", async () => {
    // More than 260 characters.
    const deep = join(
      folder,
      ...Array.from(
        { length: 6 },
        (_, index) => `a folder with a rather long name so that the path gets long ${index}`,
      ),
      "LOGGING",
    );
    mkdirSync(deep, { recursive: true });
    cpSync(join(farm, "EX01", "Logging", "HttpProxy"), join(deep, "HTTPPROXY"), { recursive: true });
    cpSync(join(farm, "EX01", "LogFiles"), join(folder, "Iis Logs"), { recursive: true });
    const config = join(folder, "paths.yml");
    writeFileSync(
      config,
      `server: EX01\r\nkeys: { enabled: false }\r\ncollect: { enabled: false }\r\npaths:\r\n  iis: ` +
        `'${windowsPath(join(folder, "IIS LOGS"))}'\r\n  exchange: '${windowsPath(deep)}'\r\n`,
    );
    const { daemon, url } = await serve("own", ["--config.file", windowsPath(config)]);
    const rows = async (): Promise<number> =>
      [
        ...(
          await scrape(`${url}/metrics`, /^hma_log_lines_total\{format="(?:iis|http_proxy)",fate="(?:counted|noise)"\}/)
        ).values(),
      ].reduce((sum, value) => sum + value, 0);
    const before = await rows();
    expect(before).toBeGreaterThan(1000);
    const file = newestFile(join(folder, "Iis Logs", "W3SVC1"));
    const lines = readFileSync(file, "utf8").trimEnd().split(/\r?\n/);
    appendFileSync(file, `${lines.slice(-20).join("\r\n")}\r\n`);
    await until(
      async () => ((await rows()) === before + 20 ? true : null),
      60_000,
      () => daemon.stdout(),
    );
    renameSync(file, `${file}.moved`);
    expect(existsSync(file)).toBe(false);
    expect(await scrape(`${url}/metrics`, /^hma_log_unaccounted_bytes/)).toEqual(
      new Map([["hma_log_unaccounted_bytes", 0]]),
    );
    expect(await daemon.interrupt()).toBe(0);
  }, 600_000);
});

/** Findings without the pseudonyms, whose key differs in each run. */
function comparable(findings: unknown): unknown {
  return JSON.parse(
    JSON.stringify(findings, (key, value: unknown) => (key === "client" || key === "id" ? undefined : value)),
  );
}

function newestFile(folder: string): string {
  const files = readdirSync(folder)
    .map((name) => join(folder, name))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs || (one < other ? 1 : -1));
  return files[0] ?? "";
}
