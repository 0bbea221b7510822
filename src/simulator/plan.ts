import type { Rhythm } from "./clients/people.ts";
import type { ScenarioParameters } from "./scenario.ts";
import type { ScenarioName } from "./scenarios/index.ts";

/** A farm to simulate. The same plan gives the same farm, byte for byte. */
export interface SimulationPlan {
  readonly seed: number;
  /** Start of the farm, Unix milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Number of servers (EX01, EX02, …), at least 1. */
  readonly servers: number;
  /** Number of regular clients of each server. */
  readonly clients: number;
  /** User requests per second and server at the busiest hour. */
  readonly requestsPerSecond: number;
  /** Share of health probes among all requests, 0 to below 1. */
  readonly noiseShare: number;
  readonly rhythm: Rhythm;
  readonly scenarios: readonly PlannedScenario[];
  /** Dated snapshots of the organisation, at this interval and after each change; null for none. */
  readonly snapshots: { readonly everyMs: number } | null;
}

export interface PlannedScenario {
  readonly name: ScenarioName;
  /** Start of the scenario, milliseconds after the plan's start. */
  readonly afterMs: number;
  /** Index of its server, from 0; ignored for scenarios of the whole farm. */
  readonly server: number;
  readonly parameters?: ScenarioParameters;
}

/** A farm without scenarios: two servers, two quiet hours. */
export const BARE_PLAN: SimulationPlan = {
  seed: 1,
  startMs: Date.UTC(2026, 10, 23, 7),
  durationMs: 7_200_000,
  servers: 2,
  clients: 300,
  requestsPerSecond: 0.5,
  noiseShare: 0.5,
  rhythm: "flat",
  scenarios: [],
  snapshots: { everyMs: 900_000 },
};
