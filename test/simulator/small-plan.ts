import { type PlannedScenario, type SimulationPlan, BARE_PLAN } from "../../src/simulator/plan.ts";
import { SCENARIOS, type ScenarioName } from "../../src/simulator/scenarios/index.ts";

const LEAD_MS = 16 * 60_000;

/** A plan with one scenario and little background traffic. */
export function planOf(
  name: ScenarioName,
  change: Partial<SimulationPlan> = {},
  parameters: NonNullable<PlannedScenario["parameters"]> = {},
): SimulationPlan {
  const lengthMs = SCENARIOS[name].lengthMs(parameters);
  return {
    ...BARE_PLAN,
    seed: 11,
    servers: 2,
    clients: 80,
    requestsPerSecond: 0.1,
    noiseShare: 0.3,
    durationMs: LEAD_MS + lengthMs,
    scenarios: [{ name, afterMs: LEAD_MS, server: 0, parameters }],
    ...change,
  };
}

/** Start of the scenario of `planOf()`. */
export function beginOf(plan: SimulationPlan): number {
  return plan.startMs + LEAD_MS;
}
