import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { collectCounters } from "../../../src/exchange/powershell/collect-counters.ts";
import { collectEvents, lostRecords } from "../../../src/exchange/powershell/collect-events.ts";
import { collectWorkers } from "../../../src/exchange/powershell/collect-workers.ts";
import { findEngine } from "./engine.ts";
import { FIXTURES, setStubs } from "./stubs.ts";

const engine = await findEngine();
const settings = { executable: engine?.executable, timeoutMs: 120_000 };
// On Windows, its own cmdlets take precedence over the stubs.
const describeEngine = engine === null || process.platform === "win32" ? describe.skip : describe;
const SYSTEM = "System";
const APPLICATION = "Application";
const RECOVERY = "Microsoft-Exchange-ManagedAvailability/RecoveryActionResults";

describeEngine("collect-events.ps1", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "events-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => setStubs());

  test("returns the events of all channels, one per line, and the bookmarks", async () => {
    const { channels, bookmarks, errors } = await collectEvents({}, settings);
    expect(errors).toEqual([]);
    expect(
      channels.map(({ channel, lines, isCut, lostRecords }) => [channel, lines.length, isCut, lostRecords]),
    ).toEqual([
      [SYSTEM, 3, false, 0],
      [APPLICATION, 3, false, 0],
      [RECOVERY, 1, false, 0],
    ]);
    expect(Object.entries(bookmarks).map(([channel, { recordId }]) => [channel, recordId])).toEqual([
      [SYSTEM, 1004],
      [APPLICATION, 503],
      [RECOVERY, 77],
    ]);
    const text = channels.flatMap(({ lines }) => lines).join("\n");
    expect(text).toContain("<Data Name='AppPoolID'>MSExchangeServicesAppPool</Data>");
    expect(text).toContain(
      "<Data>w3wp#MSExchangeServicesAppPool</Data><Data>4242</Data><Data></Data><Data></Data><Data></Data>",
    );
    expect(text).toContain("<Context></Context><ExceptionMessage></ExceptionMessage>");
    expect(text).not.toMatch(/erika|mustermann|eyJ|Windows Update/i);
  });

  test("queries by provider, from the bookmark on", async () => {
    const log = join(folder, "calls.log");
    setStubs({ log });
    const { channels } = await collectEvents(
      { [APPLICATION]: { recordId: 501, atMs: Date.parse("2026-11-22T10:00:00Z") } },
      settings,
      {
        lookbackMs: 3_600_000,
      },
    );
    expect(channels[1]?.lines).toHaveLength(2);
    const calls = (await readFile(log, "utf8")).split("\n");
    expect(calls).toContain(`Get-WinEvent ${RECOVERY} *[System[TimeCreated[timediff(@SystemTime) <= 3600000]]]`);
    const application = calls.find((call) => call.startsWith(`Get-WinEvent ${APPLICATION} *[System[(`));
    expect(application).toMatch(
      /^Get-WinEvent Application \*\[System\[\(Provider\[@Name='MSExchange OAuth'\] or .* and EventRecordID > 501\]\]$/,
    );
    const system = calls.find((call) => call.startsWith("Get-WinEvent System "));
    expect(system).toContain("(Provider[@Name='Service Control Manager'] and (EventID=7036))");
  });

  test("truncates a long answer, and continues from there", async () => {
    const first = await collectEvents({}, settings, { maxEvents: 2 });
    expect(first.channels.map(({ channel, lines, isCut }) => [channel, lines.length, isCut])).toEqual([
      [SYSTEM, 1, true],
      [APPLICATION, 2, true],
      [RECOVERY, 1, false],
    ]);
    expect(first.bookmarks[SYSTEM]).toEqual({ recordId: 1002, atMs: Date.parse("2026-11-22T08:00:01Z") });
    const second = await collectEvents(first.bookmarks, settings);
    expect(second.channels.map(({ channel, lines, isCut }) => [channel, lines.length, isCut])).toEqual([
      [SYSTEM, 2, false],
      [APPLICATION, 1, false],
      [RECOVERY, 0, false],
    ]);
    const third = await collectEvents(second.bookmarks, settings);
    expect(third.channels.map(({ lines }) => lines.length)).toEqual([0, 0, 0]);
  }, 300_000);

  test("counts lost events of a wrapped log, and reads a cleared one by time", async () => {
    const { channels } = await collectEvents(
      {
        [SYSTEM]: { recordId: 900, atMs: 0 },
        [APPLICATION]: { recordId: 900_000, atMs: Date.parse("2026-11-22T08:01:30Z") },
      },
      settings,
    );
    expect(channels.map(({ lostRecords: lost }) => lost)).toEqual([100, 0, 0]);
    expect(channels[1]?.lines).toHaveLength(2);
  });

  test.each([
    ["an empty log", [], 0],
    ["a log that was cleared", [[7, "2026-11-22T09:00:00Z"]], 7],
    [
      "a log that was cleared and has grown beyond the bookmark",
      Array.from({ length: 6 }, (_, index) => [index + 1, `2026-11-22T09:0${index}:00Z`]),
      6,
    ],
  ] as const)("reads %s without losing an event", async (_, records, wanted) => {
    const rows = (records as readonly (readonly [number, string])[]).map(([id, at]) => {
      const xml = `<Event><System><Provider Name='MSExchange OAuth'/><EventID>2008</EventID></System></Event>`;
      return `${APPLICATION}\t${id}\t${at}\t${xml}`;
    });
    await writeFile(join(folder, "events.tsv"), [...rows, `${APPLICATION}.empty\t0\t\t`].join("\n"));
    const log = join(folder, "renewed.log");
    await rm(log, { force: true });
    setStubs({ data: [folder], log });
    const bookmark = { recordId: 3, atMs: Date.parse("2026-11-22T08:00:00Z") };
    const { channels, bookmarks } = await collectEvents({ [APPLICATION]: bookmark }, settings);
    const application = channels.find(({ channel }) => channel === APPLICATION);
    expect(application?.lines).toHaveLength(rows.length);
    expect(bookmarks[APPLICATION]?.recordId).toBe(wanted);
    expect(await readFile(log, "utf8")).not.toMatch(/EventRecordID > -/);
  });

  test("reports a channel that does not exist, and keeps its bookmark", async () => {
    const events = await readFile(join(FIXTURES, "events.tsv"), "utf8");
    await writeFile(
      join(folder, "events.tsv"),
      events
        .split("\n")
        .filter((line) => !line.startsWith(RECOVERY))
        .join("\n"),
    );
    setStubs({ data: [folder] });
    const bookmark = { recordId: 5, atMs: 1_000 };
    const { channels, bookmarks, errors } = await collectEvents({ [RECOVERY]: bookmark }, settings);
    expect(channels.map(({ channel }) => channel)).toEqual([SYSTEM, APPLICATION]);
    expect(errors).toEqual([
      {
        part: RECOVERY,
        text: "System.Exception (no id, 0x80131500)",
      },
    ]);
    expect(bookmarks[RECOVERY]).toEqual(bookmark);
  });
});

describe("lostRecords()", () => {
  test.each([
    { name: "no bookmark", recordId: undefined, oldest: 500, newest: 900, wanted: 0 },
    { name: "the next record exists", recordId: 499, oldest: 500, newest: 900, wanted: 0 },
    { name: "one is missing", recordId: 498, oldest: 500, newest: 900, wanted: 1 },
    { name: "the log was cleared", recordId: 1_000, oldest: 1, newest: 20, wanted: 0 },
    { name: "nothing is new", recordId: 900, oldest: 500, newest: 900, wanted: 0 },
    { name: "an empty log", recordId: 900, oldest: 0, newest: -1, wanted: 0 },
  ])("$name", ({ recordId, oldest, newest, wanted }) => {
    expect(lostRecords(recordId === undefined ? undefined : { recordId, atMs: 0 }, oldest, newest)).toBe(wanted);
  });
});

describeEngine("collect-workers.ps1", () => {
  test("returns pool, process and start time of workers, and counts what Windows does not show", async () => {
    setStubs();
    const { atMs, workers, unreadable } = await collectWorkers(settings);
    expect(workers).toEqual([
      { appPool: "MSExchangeServicesAppPool", processId: 4711, startedAtMs: Date.parse("2026-11-22T08:10:11Z") },
    ]);
    expect(unreadable).toBe(1);
    expect(Math.abs(Date.now() - atMs)).toBeLessThan(120_000);
  });

  test("fails completely if Windows does not answer", async () => {
    setStubs({ failing: ["Get-CimInstance-Win32_Process"] });
    await expect(collectWorkers(settings)).rejects.toThrow(
      "Cannot collect: the script failed with System.InvalidOperationException (Stub,Invoke-Stub, 0x80131509)",
    );
  });
});

describeEngine("collect-counters.ps1", () => {
  test("returns the requests and refusals of each worker", async () => {
    setStubs();
    expect((await collectCounters(settings)).instances).toEqual([
      {
        appPool: "MSExchangeServicesAppPool",
        instance: "w3wp_MSExchangeServicesAppPool",
        totalRequests: 1200,
        failedRequests: 17,
      },
      {
        appPool: "MSExchangeServicesAppPool",
        instance: "w3wp_MSExchangeServicesAppPool#1",
        totalRequests: 5,
        failedRequests: 5,
      },
    ]);
  });
});
