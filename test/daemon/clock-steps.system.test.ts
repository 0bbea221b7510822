import { spawn } from "node:child_process";
import { appendFileSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { scrape, until, watchedProcess, type DaemonProcess } from "./daemon-process.ts";
import { PROGRAM } from "../program.ts";

const FIELDS =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "sc-status sc-substatus sc-win32-status time-taken\r\n";
const HOUR_MS = 3_600_000;
const WAIT_MS = 60_000;
jest.setTimeout(300_000);

/** Library that gives a process its own wall clock, which can be changed while it runs. */
const [LIBRARY] = process.platform === "linux" ? globSync("/usr/lib/*/faketime/libfaketime.so.1") : [];
if (LIBRARY === undefined)
  console.warn("The tests with a wall clock that is set are skipped: libfaketime is not installed");

let folder = "";
let daemon: DaemonProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-clock-"));
});
afterEach(async () => {
  await daemon?.kill();
  daemon = null;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const says = (): string => daemon?.messages.join("\n") ?? "";

/** Sets the offset of the daemon's wall clock from the system's. */
function setClock(offsetMs: number): void {
  const seconds = Math.round(offsetMs / 1_000);
  writeFileSync(join(folder, "clock"), `${seconds < 0 ? "" : "+"}${seconds}\n`);
}

async function start(): Promise<string> {
  const words = ["serve", "--farm", join(folder, "farm"), "--state", join(folder, "state")];
  daemon = watchedProcess(
    spawn(process.execPath, [PROGRAM, ...words, "--web.listen-address", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: join(folder, "clock"),
        FAKETIME_CACHE_DURATION: "1",
        DONT_FAKE_MONOTONIC: "1",
        NO_FAKE_STAT: "1",
      },
    }),
  );
  return daemon.url;
}

/** The IIS log for the day of the rows. */
function logOf(atMs: number): string {
  const day = new Date(atMs).toISOString().slice(2, 10).replaceAll("-", "");
  return join(folder, "farm", "EX01", "LogFiles", "W3SVC1", `u_ex${day}.log`);
}

/** Appends rows with that time to the log of their day. */
function addRows(atMs: number, count: number): void {
  const path = logOf(atMs);
  mkdirSync(dirname(path), { recursive: true });
  const [date, time] = new Date(atMs).toISOString().slice(0, 19).split("T");
  const row = `${date} ${time} 10.0.0.1 POST /EWS/Exchange.asmx - 443 - 192.0.2.9 Outlook/16.0 200 0 0 5\r\n`;
  appendFileSync(path, (statSync(path, { throwIfNoEntry: false }) === undefined ? FIELDS : "") + row.repeat(count));
}

async function counted(url: string): Promise<number> {
  const lines = await scrape(`${url}/metrics/servers/EX01`, /^hma_log_lines_total\{.*format="iis".*\}/);
  return [...lines].filter(([series]) => series.includes('"counted"')).reduce((sum, [, value]) => sum + value, 0);
}

async function waitForCount(url: string, wanted: number): Promise<void> {
  await until(
    async () => ((await counted(url)) === wanted ? true : null),
    WAIT_MS,
    () => `${String(wanted)} rows expected\n${says()}`,
  );
}

/** Time of the last write of the state by the file system, Unix ms; 0 if there is none, as between two renames. */
function stateMs(): number {
  return statSync(join(folder, "state", "state.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Waits until the state is written after that time. An unchanged state is not written again, so take the time before the change. */
async function waitForState(afterMs: number): Promise<void> {
  await until(() => Promise.resolve(stateMs() > afterMs ? true : null), WAIT_MS, says);
}

const STEPS: readonly (readonly [string, number])[] = [
  ["3 hours back", -3 * HOUR_MS],
  ["40 days back", -40 * 24 * HOUR_MS],
  ["3 hours ahead", 3 * HOUR_MS],
];

describe("after a step of the wall clock", () => {
  const onLibrary = LIBRARY === undefined ? test.skip : test;
  onLibrary.each(STEPS)(
    "%s while the daemon runs, it reads, counts, writes its state, and continues exactly after a restart",
    async (_name, stepMs) => {
      setClock(0);
      addRows(Date.now() - 60_000, 3);
      let url = await start();
      await waitForCount(url, 3);
      setClock(stepMs);
      // The server's clock changed too, as on the same machine.
      const steppedMs = stateMs();
      addRows(Date.now() + stepMs, 5);
      await waitForCount(url, 8);
      await waitForState(steppedMs);
      // The server's clock did not change.
      const stayedMs = stateMs();
      addRows(Date.now(), 7);
      await waitForCount(url, 15);
      await waitForState(stayedMs);
      expect(await scrape(`${url}/metrics`, /^hma_exporter_checkpoint_success/)).toEqual(
        new Map([["hma_exporter_checkpoint_success", 1]]),
      );
      expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
      expect(await daemon?.stop()).toBe(0);
      addRows(Date.now() + stepMs, 2);
      url = await start();
      await waitForCount(url, 17);
      addRows(Date.now() + stepMs, 4);
      await waitForCount(url, 21);
      expect(await daemon?.stop()).toBe(0);
    },
  );

  onLibrary.each(STEPS.filter(([, stepMs]) => stepMs < 0))(
    "%s after the first start, later rows are counted",
    async (_name, stepMs) => {
      setClock(0);
      addRows(Date.now() - 60_000, 3);
      let url = await start();
      await waitForCount(url, 3);
      await daemon?.stop();
      setClock(stepMs);
      url = await start();
      await waitForCount(url, 3);
      const steppedMs = stateMs();
      addRows(Date.now() + stepMs, 5);
      await waitForCount(url, 8);
      await waitForState(steppedMs);
      expect(await daemon?.stop()).toBe(0);
    },
  );
});
