import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createCheckpoints, type Checkpoints } from "../../src/daemon/checkpoints.ts";
import { createEngine, LIVE_LIMITS, serverOf, type Engine } from "../../src/engine/create-engine.ts";
import { noteProcesses } from "../../src/engine/engine.ts";
import { EngineChangedError, streamEngine } from "../../src/engine/engine-state.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { readStateRecord } from "../../src/state/state-record.ts";
import { createStateWriter } from "../../src/state/state-writer.ts";
import { clockOf } from "../model/test-clock.ts";

const POOL = "MSExchangeServicesAppPool";
const AT_MS = Date.UTC(2026, 10, 22, 8);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-checkpoints-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function engineOf(...servers: readonly string[]): Engine {
  const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" });
  for (const server of servers) serverOf(engine, server);
  return engine;
}

/** The records of the engine's servers; after one for which `disturb` is true, a collector lists a new process of EX02. */
function* disturbed(engine: Engine, disturb: () => boolean): Generator<unknown> {
  for (const server of streamEngine(engine).servers) {
    yield server;
    const processes = [{ appPool: POOL, processId: 4711, startedAtMs: AT_MS }] as const;
    if (disturb()) noteProcesses(engine, "EX02", { processes, clockMs: AT_MS });
  }
}

function checkpointsOf(take: () => unknown): Checkpoints {
  const writer = createStateWriter(folder);
  return createCheckpoints({
    state: {
      load: () => Promise.resolve(null),
      save: (give, isWhole) => writer.write(give, isWhole),
      lostTo: () => null,
      close: () => Promise.resolve(),
    },
    logger: openLogger({ level: "error", format: "json", output: null, file: null }),
    clock: clockOf(() => AT_MS),
    take,
  });
}

describe("a record that is made while a collector changes the engine", () => {
  test("is an error of the engine, not a record of two moments", () => {
    const engine = engineOf("EX01", "EX02");
    expect(() => [...disturbed(engine, () => true)]).toThrow(EngineChangedError);
  });

  test("is made again", async () => {
    const engine = engineOf("EX01", "EX02", "EX03");
    let disturbances = 2;
    const checkpoints = checkpointsOf(() => ({ servers: disturbed(engine, () => disturbances-- > 0) }));
    await checkpoints.write();
    expect(checkpoints.outcome?.isSuccessful).toBe(true);
    const { value } = await readStateRecord(folder, AT_MS, (found) => ({ kind: "good", value: found }));
    expect(value).toEqual({ servers: JSON.parse(JSON.stringify([...streamEngine(engine).servers])) as unknown });
  });

  test("is not written when the engine changes each time, and is due again", async () => {
    const engine = engineOf("EX01", "EX02");
    const checkpoints = checkpointsOf(() => ({ servers: disturbed(engine, () => true) }));
    await checkpoints.write();
    expect(checkpoints.outcome).toEqual({ isSuccessful: false, lastSuccessMs: 0 });
  });
});
