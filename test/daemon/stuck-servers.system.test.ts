import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { scrape, startServe, until, type DaemonProcess } from "./daemon-process.ts";
import { startServeWithShares, whyNoStalls } from "./stalled-share.ts";

const HEADER =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n";
const WAIT_MS = 45_000;
// A busy machine needs half a minute to start two daemons.
jest.setTimeout(240_000);

let folder = "";
let farm = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-stuck-"));
  farm = join(folder, "farm");
  mkdirSync(farm);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function logOf(server: string): string {
  const day = new Date().toISOString().slice(2, 10).replaceAll("-", "");
  return join(farm, server, "LogFiles", "W3SVC1", `u_ex${day}.log`);
}

/** Rows of `GET /EWS/Exchange.asmx` with status 200 and the current time. */
function rows(count: number): string {
  const now = new Date().toISOString();
  const row = `${now.slice(0, 10)} ${now.slice(11, 19)} 10.0.0.1 GET /EWS/Exchange.asmx - 443 CONTOSO\\u1 10.0.0.9 Outlook - 200 0 0 5\r\n`;
  return row.repeat(count);
}

function addServer(server: string): void {
  mkdirSync(join(farm, server, "LogFiles", "W3SVC1"), { recursive: true });
  writeFileSync(logOf(server), HEADER + rows(2));
}

/** Number of counted IIS log lines of the server. */
async function counted(url: string, server: string): Promise<number> {
  const values = await scrape(`${url}/metrics/servers/${server}`, /^hma_log_lines_total\{.*counted/);
  return [...values].filter(([series]) => series.includes('format="iis"')).reduce((sum, [, value]) => sum + value, 0);
}

/** Waits until both rows that `addServer()` wrote for the server are counted. */
async function untilRead(daemon: DaemonProcess, server: string): Promise<void> {
  const url = await daemon.url;
  await until(
    async () => ((await counted(url, server)) === 2 ? true : null),
    WAIT_MS,
    () => daemon.messages.join("\n"),
  );
}

/** Status and Content-Encoding of the answer to a scrape that accepts gzip. */
function gzipScrape(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { "Accept-Encoding": "gzip" } }, (answer) => {
      answer.resume().on("end", () => {
        resolve(`${String(answer.statusCode)} ${answer.headers["content-encoding"] ?? "identity"}`);
      });
    });
    asked.on("error", reject).end();
  });
}

/** Checks that EX01 is read, scraped with gzip, its state written, and that SIGTERM works. */
async function goesOn(daemon: DaemonProcess, url: string): Promise<void> {
  const state = join(folder, "state", "state.json");
  const before = await counted(url, "EX01");
  // The first record may not be written yet.
  const writtenMs = statSync(state, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  appendFileSync(logOf("EX01"), rows(50));
  const says = (): string => daemon.messages.slice(-8).join("\n");
  await until(async () => ((await counted(url, "EX01")) === before + 50 ? true : null), WAIT_MS, says);
  expect(await gzipScrape(`${url}/metrics/servers/EX01`)).toBe("200 gzip");
  await until(async () => (statSync(state).mtimeMs > writtenMs ? true : null), WAIT_MS, says);
  // Docker kills a process ten seconds after SIGTERM. The daemon allows itself 8.5 seconds, and then exits with another code.
  expect(await daemon.stop()).toBe(0);
}

/** Waits until the daemon asks folders synchronously, as those that have not changed for three seconds. Nothing shows that outside. */
async function untilFoldersAreKnown(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 10_000);
  });
}

const noStalls = whyNoStalls();
const onStalls = noStalls === null ? test : test.skip;
if (noStalls !== null) console.log(`Skipped: stalled shares: ${noStalls}`);

describe("A daemon with hanging shares", () => {
  onStalls(
    "continues to read the other servers, answers, writes its state and ends, however many shares hang",
    async () => {
      const servers = Array.from({ length: 24 }, (_, at) => `EX${String(at + 1).padStart(2, "0")}`);
      for (const server of servers) addServer(server);
      const daemon = startServeWithShares([
        "--farm",
        farm,
        "--state",
        join(folder, "state"),
        "--web.listen-address",
        "127.0.0.1:0",
      ]);
      try {
        const url = await daemon.url;
        await untilRead(daemon, "EX24");
        for (const server of servers.slice(1)) await daemon.stall(join(farm, server));
        await goesOn(daemon, url);
        const warnings = daemon.messages.filter((line) => line.includes("Server does not answer"));
        expect(warnings).toHaveLength(23);
      } finally {
        await daemon.kill();
      }
    },
  );

  onStalls("goes on when a share that hangs is mounted over a folder that it knows to be on a local disk", async () => {
    for (const server of ["EX01", "EX02"]) addServer(server);
    const state = join(folder, "state");
    const daemon = startServeWithShares(["--farm", farm, "--state", state, "--web.listen-address", "127.0.0.1:0"]);
    try {
      const url = await daemon.url;
      await untilRead(daemon, "EX02");
      await untilFoldersAreKnown();
      await daemon.stall(join(farm, "EX02"));
      await goesOn(daemon, url);
      expect(daemon.messages.filter((line) => line.includes("Server does not answer"))).toHaveLength(1);
    } finally {
      await daemon.kill();
    }
  });

  onStalls("starts while shares hang, and reports which servers do not answer and since when", async () => {
    for (const server of ["EX01", "EX02", "EX03", "EX04", "EX05", "EX06"]) addServer(server);
    const args = ["--farm", farm, "--state", join(folder, "state"), "--web.listen-address", "127.0.0.1:0"];
    const before = startServe(farm, join(folder, "state"));
    await untilRead(before, "EX06");
    await before.stop();
    const waiting = join(folder, "waiting");
    mkdirSync(waiting);
    const daemon = startServeWithShares(args);
    try {
      for (const server of ["EX02", "EX03", "EX04", "EX05", "EX06"]) await daemon.stall(join(farm, server));
      const url = await daemon.url;
      appendFileSync(logOf("EX01"), rows(7));
      await until(
        async () => ((await counted(url, "EX01")) === 9 ? true : null),
        WAIT_MS,
        () => daemon.messages.join("\n"),
      );
      const page = await until(
        async () => {
          const text = await (await fetch(url)).text();
          return /EX06[^<]*(?:does|has) not answer/.test(text) ? text : null;
        },
        WAIT_MS,
        () => daemon.messages.join("\n"),
      );
      expect(page).toMatch(/EX02[^<]*since/);
      await goesOn(daemon, url);
    } finally {
      await daemon.kill();
    }
  });

  onStalls("is not stopped by a folder of snapshots that hangs", async () => {
    addServer("EX01");
    mkdirSync(join(farm, "snapshots"));
    const daemon = startServeWithShares([
      "--farm",
      farm,
      "--state",
      join(folder, "state"),
      "--web.listen-address",
      "127.0.0.1:0",
    ]);
    try {
      const url = await daemon.url;
      await untilRead(daemon, "EX01");
      await daemon.stall(join(farm, "snapshots"));
      await goesOn(daemon, url);
    } finally {
      await daemon.kill();
    }
  });
});

/** Special files instead of regular ones, which would block a reader or never end. */
const NO_FILES: readonly (readonly [string, (path: string) => void | Promise<void>])[] = [
  ["a pipe without a writer", (path) => void execFileSync("mkfifo", [path])],
  [
    "a link to a pipe without a writer",
    (path) => {
      const pipe = join(folder, "pipe");
      if (!existsSync(pipe)) execFileSync("mkfifo", [pipe]);
      symlinkSync(pipe, path);
    },
  ],
  ["a link to an endless device", (path) => symlinkSync("/dev/zero", path)],
  ["a folder", (path) => mkdirSync(path)],
  ["a link in a loop", (path) => symlinkSync(path, path)],
  [
    "a socket",
    (path) =>
      new Promise<void>((resolve) => {
        createServer().listen(path, resolve).unref();
      }),
  ],
];
const onUnix = process.platform === "win32" ? test.skip : test;

describe("A daemon with special files in its folders", () => {
  onUnix.each(NO_FILES)("is not stopped by %s among logs and snapshots", async (_, make) => {
    addServer("EX01");
    mkdirSync(join(farm, "snapshots"));
    const daemon = startServe(farm, join(folder, "state"));
    try {
      const url = await daemon.url;
      await untilRead(daemon, "EX01");
      await make(join(farm, "snapshots", "x.json"));
      for (let server = 2; server <= 6; server++) {
        mkdirSync(join(farm, `EX0${String(server)}`, "LogFiles", "W3SVC1"), { recursive: true });
        await make(logOf(`EX0${String(server)}`));
      }
      await make(`${logOf("EX01")}.gz`.replace("u_ex", "u_ex2501"));
      await goesOn(daemon, url);
    } finally {
      await daemon.kill();
    }
  });
});
