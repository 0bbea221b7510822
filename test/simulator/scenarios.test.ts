import { describe, expect, test } from "@jest/globals";
import { FRONT_END_POOL } from "../../src/model/app-pool.ts";
import type { Cause } from "../../src/model/label-values.ts";
import { SCENARIOS, SCENARIO_NAMES, isScenarioName, type ScenarioName } from "../../src/simulator/scenarios/index.ts";
import { truth } from "../../src/simulator/simulate.ts";
import { repetitions } from "../soak.ts";
import { beginOf, planOf } from "./small-plan.ts";

const MAPI = FRONT_END_POOL.mapi;
const EWS = FRONT_END_POOL.ews;

/** Expected events on EX01; nothing happens on other servers unless stated. */
const STORIES: Readonly<
  Partial<
    Record<
      ScenarioName,
      {
        readonly cause: Cause;
        readonly pools: readonly string[];
        readonly proven?: boolean;
        readonly recycle?: string;
        readonly everywhere?: boolean;
      }
    >
  >
> = {
  "stale-keys-crash": { cause: "stale_keys_after_recycle", pools: [MAPI], recycle: "crash" },
  "stale-keys-managed-availability": {
    cause: "stale_keys_after_recycle",
    pools: [EWS],
    recycle: "managed_availability",
  },
  "stale-keys-on-demand": { cause: "stale_keys_after_recycle", pools: [EWS], recycle: "on_demand" },
  "stale-keys-config-change": {
    cause: "stale_keys_after_recycle",
    pools: [FRONT_END_POOL.eas],
    recycle: "config_change",
  },
  "stale-keys-periodic": { cause: "stale_keys_after_recycle", pools: [FRONT_END_POOL.owa], recycle: "periodic" },
  "stale-keys-silent": { cause: "stale_keys_after_recycle", pools: [EWS], recycle: "unknown" },
  "stale-keys-maintenance": { cause: "stale_keys_after_recycle", pools: [MAPI, EWS], recycle: "iis_reset" },
  "stale-keys-reboot": { cause: "stale_keys_after_recycle", pools: [MAPI, EWS], recycle: "reboot" },
  "stale-keys-idle-gap": { cause: "stale_keys_after_recycle", pools: [MAPI], recycle: "crash" },
  "stale-keys-abandoned-requests": { cause: "stale_keys_after_recycle", pools: [MAPI], recycle: "crash" },
  "stale-keys-bad-node": { cause: "stale_keys_after_recycle", pools: [MAPI], recycle: "crash" },
  "stale-keys-everywhere": { cause: "stale_keys_everywhere", pools: [MAPI], everywhere: true },
  "metadata-unreachable": { cause: "metadata_unreachable", pools: [MAPI], recycle: "crash" },
  "audience-mismatch": { cause: "audience_mismatch", pools: [MAPI] },
  "modern-auth-not-offered": { cause: "modern_auth_not_offered", pools: [MAPI] },
  "clock-skew": { cause: "clock_skew", pools: [MAPI, EWS] },
  "unknown-issuer": { cause: "unknown_issuer", pools: [MAPI], everywhere: true },
  "unknown-user": { cause: "unknown_user", pools: [FRONT_END_POOL.eas] },
  "backend-rejection": { cause: "backend_rejection", pools: [MAPI] },
  "oauth-configuration": { cause: "oauth_configuration", pools: [EWS] },
  "junk-tokens": { cause: "junk_tokens", pools: [EWS] },
  unexplained: { cause: "unexplained", pools: [FRONT_END_POOL.autodiscover] },
  "iis-only": { cause: "stale_keys_after_recycle", pools: [MAPI], proven: false, recycle: "crash" },
  "iis-only-unexplained": { cause: "unexplained", pools: [EWS], proven: false },
  "stale-keys-mobile": { cause: "stale_keys_after_recycle", pools: ["MSExchangeSyncAppPool"], recycle: "crash" },
  "stale-keys-rolling-maintenance": {
    cause: "stale_keys_after_recycle",
    pools: [EWS],
    everywhere: true,
    recycle: "on_demand",
  },
  "junk-after-recycle": { cause: "junk_tokens", pools: [EWS], recycle: "crash" },
  "no-reason": { cause: "stale_keys_after_recycle", pools: [MAPI], proven: false, recycle: "crash" },
  "no-reason-unexplained": { cause: "unexplained", pools: [EWS], proven: false },
  "iis-diagnostics": { cause: "stale_keys_after_recycle", pools: [MAPI], recycle: "crash" },
};

/** Seeds of the background traffic around a scenario. */
const SEEDS = Array.from({ length: repetitions({ usual: 1, soak: 5 }) }, (_, index) => 11 + index);

const NEAR_MISSES = SCENARIO_NAMES.filter((name) => SCENARIOS[name].isNearMiss);

describe("scenarios", () => {
  test("are each an incident with a story in this test, or a near miss", () => {
    expect([...Object.keys(STORIES).filter(isScenarioName), ...NEAR_MISSES].sort()).toEqual([...SCENARIO_NAMES].sort());
    expect(NEAR_MISSES.length).toBeGreaterThanOrEqual(10);
  });

  test.each(SCENARIO_NAMES.filter((name) => !SCENARIOS[name].isNearMiss))(
    "%s has its incidents and no others",
    (name) => {
      const story = STORIES[name] ?? { cause: "unexplained", pools: [] };
      for (const seed of SEEDS) {
        const plan = planOf(name, { seed, servers: 2 });
        const { incidents, loops, recycles, servers } = truth(plan);
        const wanted = (story.everywhere === true ? servers : ["EX01"]).flatMap((server) =>
          story.pools.map((appPool) => ({
            server,
            appPool,
            cause: story.cause,
            scenario: name,
            proven: story.proven ?? true,
          })),
        );
        expect(
          sorted(
            incidents.map(({ server, appPool, cause, scenario, proven }) => ({
              server,
              appPool,
              cause,
              scenario,
              proven,
            })),
          ),
        ).toEqual(sorted(wanted));
        for (const incident of incidents) {
          expect(incident.clients).toBeGreaterThanOrEqual(3);
          expect(Date.parse(incident.start)).toBeGreaterThanOrEqual(beginOf(plan));
          // Everything has ended: the expected findings do not depend on the plan's end.
          expect(incident.end).not.toBeNull();
        }
        expect(loops.every(({ end, outcome }) => end !== null && outcome !== null)).toBe(true);
        expect(
          [...new Set(recycles.map(({ reason }) => reason))].filter(
            (reason) => name !== "metadata-unreachable" || reason !== "on_demand",
          ),
        ).toEqual(story.recycle === undefined ? [] : [story.recycle]);
      }
    },
  );

  test.each(NEAR_MISSES)("%s contains no incident", (name) => {
    for (const seed of SEEDS) {
      const { incidents, loops } = truth(planOf(name, { seed }));
      expect(incidents).toEqual([]);
      expect(loops.length).toBe({ "two-clients-only": 2, "loops-in-turn": 3 }[name as string] ?? 0);
    }
  });

  test("stale keys end within the worker's 30 minutes, except if the metadata cannot be read", () => {
    for (const name of ["stale-keys-crash", "stale-keys-idle-gap", "metadata-unreachable"] as const) {
      const [incident] = truth(planOf(name)).incidents;
      const minutes = (Date.parse(incident?.end ?? "") - Date.parse(incident?.start ?? "")) / 60_000;
      if (name === "metadata-unreachable") expect(minutes).toBeGreaterThan(35);
      else expect(minutes).toBeLessThan(30);
    }
  });

  test("accept parameters: clients, pool, length, pauses", () => {
    const parameters = {
      clients: 25,
      appPool: FRONT_END_POOL.rest,
      refusedMs: 90_000,
      retryMs: [3_000, 9_000],
      spelling: "activity",
    } as const;
    const { incidents, loops } = truth(planOf("stale-keys-crash", {}, parameters));
    expect(incidents).toMatchObject([{ appPool: FRONT_END_POOL.rest, clients: 25 }]);
    expect(
      loops.every(
        ({ protocol, outcome, category }) =>
          protocol === "rest" && outcome === "recovered" && category === "invalid_signature",
      ),
    ).toBe(true);
  });
});

function sorted<T>(values: readonly T[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
