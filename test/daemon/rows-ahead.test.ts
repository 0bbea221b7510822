import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { serversAhead } from "../../src/daemon/clock-notices.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { startLiveDetection, type LiveDetection } from "../../src/live/live-detection.ts";
import { serverOf } from "../../src/engine/create-engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { defaultConfig } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

const NOON_MS = Date.UTC(2026, 10, 20, 12);
const HEAD =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "sc-status sc-substatus sc-win32-status time-taken\n";

let farm: string;
let nowMs: number;
let detection: LiveDetection;

beforeEach(async () => {
  farm = await mkdtemp(join(tmpdir(), "hma-ahead-"));
  for (const server of ["EX01", "EX02"]) {
    await mkdir(dirname(logOf(server)), { recursive: true });
    await writeFile(logOf(server), HEAD + row(NOON_MS - MINUTE_MS, "192.0.2.200", 200));
  }
  nowMs = NOON_MS;
  detection = startLiveDetection({
    live: fixedConfig({ ...(await defaultConfig()) }),
    target: { kind: "farm", folder: farm },
    record: null,
    clock: clockOf(() => nowMs),
  });
  await readAll();
});

afterEach(async () => {
  await detection.follower.close();
  await rm(farm, { recursive: true, force: true });
});

function logOf(server: string): string {
  return join(farm, server, "LogFiles", "W3SVC1", "u_ex261120.log");
}

function row(atMs: number, address: string, status: number): string {
  const [date, time] = new Date(atMs).toISOString().slice(0, 19).split("T");
  return `${date} ${time} 10.0.0.1 POST /EWS/Exchange.asmx - 443 - ${address} Outlook/16.0 ${status} 0 0 5\n`;
}

async function readAll(): Promise<void> {
  while (!(await detection.poll()).isCaughtUp);
}

/** Five clients are refused every three seconds for a minute, by the wall clock. */
async function outage(server: string): Promise<void> {
  for (let second = 0; second <= 60; second += 3) {
    nowMs += 3_000;
    await appendFile(logOf(server), [1, 2, 3, 4, 5].map((client) => row(nowMs, `192.0.2.${client}`, 401)).join(""));
    await readAll();
  }
}

function gauges(server: string): Record<string, number> {
  const names = ["hma_incident_open", "hma_bearer_loops_open", "hma_incident_clients"];
  const values = serverMetrics(viewAt(detection.engine, detection.nowMs()), serverOf(detection.engine, server));
  return Object.fromEntries(
    values.flatMap((value) =>
      value.kind === "value" && names.includes(value.metric) ? [[value.metric, value.value]] : [],
    ),
  );
}

const OPEN = { hma_incident_open: 1, hma_bearer_loops_open: 5, hma_incident_clients: 5 };
const AHEAD: [string, number][] = [
  ["20 minutes", 20 * MINUTE_MS],
  ["2 hours", 120 * MINUTE_MS],
  ["29 days", 29 * 1440 * MINUTE_MS],
  ["a year", 365 * 1440 * MINUTE_MS],
];

describe("a row dated ahead of the wall clock", () => {
  test.each(AHEAD)("by %s on one server keeps a later incident of another server open", async (_, aheadMs) => {
    await appendFile(logOf("EX02"), row(nowMs + aheadMs, "192.0.2.9", 401));
    await readAll();
    await outage("EX01");
    expect(gauges("EX01")).toEqual(OPEN);
  });

  test.each(AHEAD)("by %s does not end the open incident of another server", async (_, aheadMs) => {
    await outage("EX01");
    await appendFile(logOf("EX02"), row(nowMs + aheadMs, "192.0.2.9", 200));
    await readAll();
    expect(gauges("EX01")).toEqual(OPEN);
  });

  test("is counted, and five of them within a minute measure the server's clock offset", async () => {
    await appendFile(logOf("EX02"), row(nowMs + 20 * MINUTE_MS, "192.0.2.9", 200));
    await readAll();
    expect(serversAhead(detection.engine)).toEqual([]);
    await appendFile(logOf("EX02"), row(nowMs + 20 * MINUTE_MS + 5_000, "192.0.2.9", 200).repeat(4));
    await readAll();
    expect(serversAhead(detection.engine)).toEqual([{ server: "EX02", seconds: 1_200 }]);
    expect([...serverOf(detection.engine, "EX02").counters.values()]).toContainEqual({
      metric: "hma_log_rows_ahead_total",
      labels: ["iis"],
      value: 5,
    });
    expect([...serverOf(detection.engine, "EX01").counters.values()].map(({ metric }) => metric)).not.toContain(
      "hma_log_rows_ahead_total",
    );
  });

  test("two minutes ahead are within the tolerance", async () => {
    await appendFile(logOf("EX02"), row(nowMs + 2 * MINUTE_MS, "192.0.2.9", 200).repeat(9));
    await readAll();
    expect([...serverOf(detection.engine, "EX02").counters.values()].map(({ metric }) => metric)).not.toContain(
      "hma_log_rows_ahead_total",
    );
  });

  test("an incident of the server with the fast clock is found from its own rows", async () => {
    for (let second = 0; second <= 60; second += 3) {
      nowMs += 3_000;
      const rows = [1, 2, 3, 4, 5].map((client) => row(nowMs + 30 * MINUTE_MS, `192.0.2.${client}`, 401));
      await appendFile(logOf("EX02"), rows.join(""));
      await readAll();
    }
    expect(gauges("EX02")).toEqual(OPEN);
    expect(gauges("EX01")).toEqual({});
  });
});
