import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { learnFacts } from "../../src/engine/engine.ts";
import { viewAt, type EngineView } from "../../src/engine/incidents/engine-view.ts";
import { findingsOf, incidentsOfServer, rawRowsOf } from "../../src/engine/incidents/findings.ts";
import { startLiveDetection, type LiveDetection } from "../../src/live/live-detection.ts";
import { requestRow } from "../engine/rows.ts";
import { defaultConfig } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";

const HEAD =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "sc-status sc-substatus sc-win32-status time-taken\n";
const SERVERS = ["EX01", "EX02"];

let farm: string;
let nowMs: number;
let detection: LiveDetection;

beforeEach(async () => {
  farm = await mkdtemp(join(tmpdir(), "hma-view-"));
  nowMs = Date.UTC(2026, 10, 20, 12);
  for (const server of SERVERS) {
    await mkdir(dirname(logOf(server)), { recursive: true });
    await writeFile(logOf(server), HEAD);
  }
  detection = startLiveDetection({
    live: fixedConfig(await defaultConfig()),
    target: { kind: "farm", folder: farm },
    record: null,
    clock: clockOf(() => nowMs),
  });
  for (let second = 0; second <= 60; second += 3) {
    nowMs += 3_000;
    for (const server of SERVERS) await refuse(server);
    await poll();
  }
});

afterEach(async () => {
  await detection.follower.close();
  await rm(farm, { recursive: true, force: true });
});

function logOf(server: string): string {
  return join(farm, server, "LogFiles", "W3SVC1", "u_ex261120.log");
}

/** Five clients of the server are refused now. */
async function refuse(server: string): Promise<void> {
  const [date, time] = new Date(nowMs).toISOString().slice(0, 19).split("T");
  const rows = [1, 2, 3, 4, 5].map(
    (client) => `${date} ${time} 10.0.0.1 POST /EWS/Exchange.asmx - 443 - 192.0.2.${client} Outlook/16.0 401 0 0 5\n`,
  );
  await appendFile(logOf(server), rows.join(""));
}

async function poll(): Promise<void> {
  while (!(await detection.poll()).isCaughtUp);
}

/** What metrics, pages, gate and bundle ask of a view. */
function answers(view: EngineView): unknown {
  const { servers } = view.engine;
  const findings = findingsOf(view, { secret: "secret", keyChanges: [] });
  return {
    findings,
    rows: findings.incidents.map(({ id }) => rawRowsOf(view, id)),
    metrics: servers.map((server) => serverMetrics(view, server)),
    incidents: servers.map((server) => incidentsOfServer(view, server)),
  };
}

test("all answers at one instant judge each pool and incident once, and are those of a view of their own", () => {
  const first = answers(detection.view());
  const { judgements } = detection.view();
  // Two pools and two incidents.
  expect(judgements).toBe(4);
  nowMs += 999;
  expect(answers(detection.view())).toEqual(first);
  expect(detection.view().judgements).toBe(judgements);
  expect(answers(viewAt(detection.engine, nowMs))).toEqual(first);
});

test.each([
  {
    what: "a row",
    change: async () => {
      const row = requestRow("iis_front", nowMs, { status: 401 });
      acceptRow(detection.engine, { server: "EX02", row, position: { fileKey: 1, offset: 0 }, clockMs: nowMs });
    },
  },
  { what: "a poll, which advances the clock", change: poll },
  { what: "new facts", change: async () => learnFacts(detection.engine, detection.engine.facts) },
  {
    what: "a second",
    change: async () => {
      nowMs += 1_000;
    },
  },
  {
    what: "a clock that was set back",
    change: async () => {
      nowMs -= 1;
    },
  },
])("after $what, the incidents are judged anew", async ({ change }) => {
  answers(detection.view());
  const before = detection.view();
  await change();
  expect(detection.view()).not.toBe(before);
  expect(detection.view().judgements).toBe(0);
  expect(answers(detection.view())).toEqual(answers(viewAt(detection.engine, nowMs)));
  expect(detection.view().judgements).toBe(4);
});
