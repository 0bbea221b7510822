import { BARE_PLAN, type PlannedScenario, type SimulationPlan } from "./plan.ts";
import { MINUTE_MS } from "../model/durations.ts";

const HISTORY_MS = 60 * MINUTE_MS;
/** Start of the demo's first incident, after the live part has begun (ms). */
const FIRST_INCIDENT_MS = 20_000;
/**
 * Before that, Entra ID publishes the key that the worker process of this incident lacks (ms after the live part has
 * begun).
 */
const FIRST_ROLL_OVER_MS = 8_000;
/**
 * EX02 is drained, and restarted ten seconds later: after the roll-over, but before EX01 refuses the first client (ms).
 */
const DRAIN_MS = 2_000;
/** Time between later scenarios (ms). */
const EVERY_MS = 45 * MINUTE_MS;
const LIVE_MS = 24 * 60 * MINUTE_MS;

/**
 * Plan of the demo on three servers. It starts with an hour of history with two finished incidents. No log proves the
 * second one: twelve clients of EX03 keep asking for a token, and no row shows why.
 * The live part begins at `startMs`. After 8 seconds Entra ID publishes a new key, so the organisation is exposed.
 * After 12 seconds the drained EX02 is restarted: the probe finds stale worker processes and warms them, and clients
 * come back about 1.5 minutes later, when the workers have fetched the key; no client is refused there. After 20
 * seconds EX01's MAPI front end crashes: about 25 clients loop for 1.5 minutes until the worker has fetched the keys;
 * five minutes later AD has them too. Further incidents and near misses follow for a day.
 */
export function demoPlan({ startMs, seed }: { readonly startMs: number; readonly seed: number }): SimulationPlan {
  const atLive = (afterMs: number): number => HISTORY_MS + afterMs;
  const past: PlannedScenario = {
    name: "stale-keys-on-demand",
    afterMs: 10 * MINUTE_MS,
    server: 1,
    parameters: { clients: 14, refusedMs: 8 * MINUTE_MS },
  };
  const first: PlannedScenario = {
    name: "stale-keys-crash",
    afterMs: atLive(FIRST_INCIDENT_MS),
    server: 0,
    parameters: {
      clients: 25,
      refusedMs: 90_000,
      publishedBeforeMs: FIRST_INCIDENT_MS - FIRST_ROLL_OVER_MS,
      retryMs: [3_000, 9_000],
      spelling: "activity",
    },
  };
  const warmed: PlannedScenario = {
    name: "warmed-restart",
    afterMs: atLive(DRAIN_MS),
    server: 1,
    parameters: { refusedMs: 80_000, sharesRollOver: true },
  };
  // No row of its logs has a reason, so the incident is not proven.
  const silent: PlannedScenario = {
    name: "no-reason-unexplained",
    afterMs: 30 * MINUTE_MS,
    server: 2,
    parameters: { clients: 12, refusedMs: 8 * MINUTE_MS, retryMs: [10_000, 30_000] },
  };
  const storm: PlannedScenario = {
    name: "outlook-storm",
    afterMs: atLive(10 * MINUTE_MS),
    server: 2,
    parameters: { clients: 40 },
  };
  const later: PlannedScenario[] = [];
  for (let afterMs = EVERY_MS; afterMs < LIVE_MS - EVERY_MS; afterMs += EVERY_MS) {
    const turn = later.length;
    const name =
      (["stale-keys-managed-availability", "audience-mismatch", "stale-keys-crash"] as const)[turn % 3] ??
      "stale-keys-crash";
    later.push({
      name,
      afterMs: atLive(afterMs),
      server: (turn + 1) % 3,
      parameters: { clients: 12 + (turn % 20), refusedMs: 5 * MINUTE_MS },
    });
  }
  return {
    ...BARE_PLAN,
    seed,
    startMs: startMs - HISTORY_MS,
    durationMs: HISTORY_MS + LIVE_MS,
    servers: 3,
    clients: 200,
    requestsPerSecond: 1.5,
    scenarios: [past, first, warmed, silent, storm, ...later],
  };
}
