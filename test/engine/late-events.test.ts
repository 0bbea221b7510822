import { describe, expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS, serverOf, type Engine } from "../../src/engine/create-engine.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { advance } from "../../src/engine/engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import type { Row } from "../../src/model/row.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { T0 } from "./rows.ts";

const MINUTE_MS = 60_000;
const POOL = "MSExchangeServicesAppPool";

/** Reasons of the counted recycles. */
function counted(engine: Engine): string[] {
  return serverMetrics(viewAt(engine, T0), serverOf(engine, "EX01")).flatMap((one) =>
    one.kind === "value" && one.metric === "hma_app_pool_recycles_total" && one.value > 0
      ? [`${String(one.labels["reason"])} ${String(one.value)}`]
      : [],
  );
}

/** A live engine whose clock advances by minutes; `rows` arrive at their minute. */
function run(rows: readonly { readonly comesAt: number; readonly row: Row }[], minutes: number): Engine {
  const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" });
  serverOf(engine, "EX01").hasEventLog = true;
  for (let minute = 0; minute <= minutes; minute++) {
    const nowMs = T0 + minute * MINUTE_MS;
    rows.forEach(({ comesAt, row }, at) => {
      if (comesAt === minute)
        acceptRow(engine, { server: "EX01", row, position: { fileKey: 1, offset: at }, clockMs: nowMs });
    });
    advance(engine, nowMs, nowMs);
  }
  return engine;
}

const worker = (processId: number, minute: number): Row => ({
  kind: "worker",
  atMs: T0 + minute * MINUTE_MS,
  appPool: POOL,
  processId,
});
const newWorker = [
  { comesAt: 1, row: worker(7, 1) },
  { comesAt: 3, row: worker(8, 3) },
];
const recovery = (comesAt: number) => ({
  comesAt,
  row: {
    kind: "event" as const,
    atMs: T0 + 2.5 * MINUTE_MS,
    eventKey: 1,
    label: "RecoveryActionResults 501",
    event: { fact: "recovery_recycle" as const, appPool: POOL as typeof POOL, phase: "completed" as const },
  },
});

describe("A recycle that is only visible by a new process id", () => {
  test.each([3, 4, 10, 17])("is counted once, with its reason, even if the events arrive in minute %i", (minute) => {
    expect(counted(run([...newWorker, recovery(minute)], 60))).toEqual(["managed_availability 1"]);
  });

  test("is counted as unknown if no event arrives in time", () => {
    expect(counted(run(newWorker, 15))).toEqual([]);
    expect(counted(run(newWorker, 40))).toEqual(["unknown 1"]);
  });
});

const stopped = (comesAt: number, minute: number, processId: number) => ({
  comesAt,
  row: {
    kind: "event" as const,
    atMs: T0 + minute * MINUTE_MS,
    eventKey: processId,
    label: "WAS 5011",
    event: { fact: "worker_recycled" as const, appPool: POOL as typeof POOL, processId, reason: "crash" as const },
  },
});

describe("A counted recycle with a later event that has a different time", () => {
  test.each([3, 5, 9, 30])("is not counted again when the worker's end arrives in minute %i", (minute) => {
    expect(counted(run([recovery(3), stopped(minute, 3, 7)], 60))).toEqual(["managed_availability 1"]);
  });

  test("does not prevent counting the next recycle of the app pool", () => {
    expect(counted(run([recovery(3), stopped(9, 3, 7), stopped(9, 4.2, 8), stopped(20, 18, 9)], 60))).toEqual([
      "managed_availability 1",
      "crash 2",
    ]);
  });
});
