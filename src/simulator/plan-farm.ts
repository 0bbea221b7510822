import type { ServerTraits } from "./farm-server.ts";
import { BARE_PLAN, type PlannedScenario, type SimulationPlan } from "./plan.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS, type ScenarioName } from "./scenarios/index.ts";
import { MINUTE_MS } from "../model/durations.ts";

/** A user's settings for a farm; null lets the planner choose. */
export interface FarmOptions {
  readonly seed: number;
  /** Start of the farm, Unix milliseconds. */
  readonly startMs: number;
  /** Empty: a mix of incidents and near misses. */
  readonly scenarios: readonly ScenarioName[];
  readonly servers: number | null;
  readonly durationMs: number | null;
  readonly requestsPerSecond: number | null;
  readonly clients: number | null;
  /** 0 to below 1. */
  readonly noiseShare: number | null;
}

/** The settings contradict each other. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}

/**
 * Normal traffic before the first scenario of a server, so that its clients have a history. A farm that should show its
 * scenario soon starts this much earlier.
 */
export const SCENARIO_LEAD_MS = 20 * MINUTE_MS;
/** Pause after a scenario, so that none of it counts as evidence for the next one. */
const GAP_MS = 30 * MINUTE_MS;

/** A day with four causes, a server with poor logs, and near misses. */
const USUAL: readonly ScenarioName[] = [
  "stale-keys-crash",
  "outlook-storm",
  "stale-keys-silent",
  "ntlm-loops",
  "audience-mismatch",
  "short-burst",
  "stale-keys-everywhere",
  "two-clients-only",
  "metadata-unreachable",
  "basic-bad-passwords",
  "iis-only",
  "recycle-without-drift",
  "unknown-user",
];

/**
 * Creates a plan with all requested scenarios: incidents one after the other, near misses at the same time on other
 * servers. Without a requested duration, it lasts as long as the scenarios need.
 * @throws PlanError when the duration or the number of servers is too small.
 */
export function planFarm(options: FarmOptions): SimulationPlan {
  const names = options.scenarios.length === 0 ? USUAL : options.scenarios;
  const lanes = lanesFor(names, options.servers);
  const scenarios = placeScenarios(names, lanes);
  const neededMs = Math.max(60 * MINUTE_MS, ...scenarios.map((planned) => planned.afterMs + lengthOf(planned)));
  if (options.durationMs !== null && options.durationMs < neededMs && options.scenarios.length > 0) {
    throw new PlanError(
      `Cannot plan a farm of ${options.durationMs / MINUTE_MS} minutes: its scenarios need ${Math.ceil(neededMs / MINUTE_MS)}`,
    );
  }
  const durationMs = options.durationMs ?? neededMs;
  return {
    ...BARE_PLAN,
    seed: options.seed,
    startMs: options.startMs,
    durationMs,
    servers: lanes.length,
    clients: options.clients ?? BARE_PLAN.clients,
    requestsPerSecond: options.requestsPerSecond ?? BARE_PLAN.requestsPerSecond,
    noiseShare: options.noiseShare ?? BARE_PLAN.noiseShare,
    // The default mix is cut to the requested duration.
    scenarios: scenarios.filter((planned) => planned.afterMs + lengthOf(planned) <= durationMs),
  };
}

function lengthOf({ name, parameters }: PlannedScenario): number {
  return SCENARIOS[name].lengthMs(parameters ?? {});
}

/** The logs of each server: most have all logs; the last servers have the ones that special scenarios need. */
function lanesFor(names: readonly ScenarioName[], wished: number | null): readonly ServerTraits["logs"][] {
  const special = [...new Set(names.map((name) => SCENARIOS[name].logs).filter((logs) => logs !== "all"))];
  const needsFull = names.some((name) => SCENARIOS[name].logs === "all") || special.length === 0;
  const least = special.length + (needsFull ? 1 : 0);
  const servers = wished ?? Math.max(special.length + (needsFull ? 2 : 0), 2);
  if (servers < least) throw new PlanError(`Cannot plan a farm of ${servers} servers: its scenarios need ${least}`);
  return [...Array.from({ length: servers - special.length }, () => "all" as const), ...special];
}

/** Places the scenarios in the given order. Each server (lane) is occupied up to some time. */
function placeScenarios(
  names: readonly ScenarioName[],
  lanes: readonly ServerTraits["logs"][],
): readonly PlannedScenario[] {
  const free = lanes.map(() => 0);
  let incidentsFreeMs = 0;
  return names.map((name) => {
    const scenario: Scenario = SCENARIOS[name];
    const server = earliestLane(scenario, lanes, free);
    const taken = scenario.scope === "farm" ? Math.max(...free) : (free[server] ?? 0);
    const fromMs = scenario.isNearMiss ? taken : Math.max(taken, incidentsFreeMs);
    const afterMs = fromMs + SCENARIO_LEAD_MS;
    const untilMs = afterMs + scenario.lengthMs({}) + GAP_MS;
    if (scenario.scope === "farm") free.fill(untilMs);
    else free[server] = untilMs;
    if (!scenario.isNearMiss) incidentsFreeMs = untilMs;
    return { name, afterMs, server };
  });
}

function earliestLane(scenario: Scenario, lanes: readonly ServerTraits["logs"][], free: readonly number[]): number {
  const fitting = lanes.flatMap((logs, index) => (logs === scenario.logs ? [index] : []));
  return fitting.reduce((best, index) => ((free[index] ?? 0) < (free[best] ?? 0) ? index : best), fitting[0] ?? 0);
}
