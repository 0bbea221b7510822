import { BARE_PLAN } from "../../../src/simulator/plan.ts";
import type { SimulationPlan } from "../../../src/simulator/plan.ts";
import type { ScenarioParameters } from "../../../src/simulator/scenario.ts";
import type { ScenarioName } from "../../../src/simulator/scenarios/index.ts";
import { MINUTE_MS } from "../../../src/model/durations.ts";

/** Normal traffic before the drill, so that clients and workers have a history. */
const HISTORY_MS = 20 * MINUTE_MS;

export interface DrillScenario {
  readonly name: ScenarioName;
  /** Start of the scenario after the start of the drill, ms. */
  readonly afterMs: number;
  /** Index of the server. */
  readonly server: number;
  readonly parameters?: ScenarioParameters;
}

/** A farm whose history ends at `nowMs` and which continues with these scenarios for `lengthMs`. */
export function drillPlan(drill: {
  readonly nowMs: number;
  readonly lengthMs: number;
  readonly servers: number;
  readonly scenarios: readonly DrillScenario[];
  readonly seed?: number;
}): SimulationPlan {
  return {
    ...BARE_PLAN,
    seed: drill.seed ?? 1,
    startMs: drill.nowMs - HISTORY_MS,
    durationMs: HISTORY_MS + drill.lengthMs,
    servers: drill.servers,
    clients: 120,
    requestsPerSecond: 1.5,
    scenarios: drill.scenarios.map((one) => ({ ...one, afterMs: HISTORY_MS + one.afterMs })),
  };
}
