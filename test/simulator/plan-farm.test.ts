import { describe, expect, test } from "@jest/globals";
import { demoPlan } from "../../src/simulator/demo-plan.ts";
import { type FarmOptions, PlanError, planFarm } from "../../src/simulator/plan-farm.ts";
import { SCENARIOS, SCENARIO_NAMES } from "../../src/simulator/scenarios/index.ts";
import { startSimulation } from "../../src/simulator/simulate.ts";
import { HOUR_MS } from "../../src/model/durations.ts";

const WISHES: FarmOptions = {
  seed: 1,
  startMs: Date.UTC(2026, 10, 23),
  scenarios: [],
  servers: null,
  durationMs: null,
  requestsPerSecond: null,
  clients: null,
  noiseShare: null,
};

describe("planFarm()", () => {
  test("mixes by default incidents of several causes with near misses, on servers with and without Exchange logs", () => {
    const plan = planFarm(WISHES);
    expect(plan.scenarios.filter(({ name }) => SCENARIOS[name].isNearMiss).length).toBeGreaterThanOrEqual(5);
    expect(plan.scenarios.filter(({ name }) => !SCENARIOS[name].isNearMiss).length).toBeGreaterThanOrEqual(7);
    expect(plan.servers).toBe(3);
    expect(plan.durationMs).toBeLessThanOrEqual(24 * HOUR_MS);
  });

  test("places all scenarios within the plan's time: no two at the same time on one server, and no two incidents at the same time", () => {
    const plan = planFarm({ ...WISHES, scenarios: SCENARIO_NAMES, servers: 5 });
    const spans = plan.scenarios.map(({ name, afterMs, server }) => ({
      name,
      server,
      fromMs: afterMs,
      untilMs: afterMs + SCENARIOS[name].lengthMs({}),
      scenario: SCENARIOS[name],
    }));
    expect(spans).toHaveLength(SCENARIO_NAMES.length);
    for (const [index, one] of spans.entries()) {
      expect(one.untilMs).toBeLessThanOrEqual(plan.durationMs);
      for (const other of spans.slice(index + 1)) {
        const isShared =
          one.server === other.server || one.scenario.scope === "farm" || other.scenario.scope === "farm";
        const areIncidents = !one.scenario.isNearMiss && !other.scenario.isNearMiss;
        const overlap = one.fromMs < other.untilMs && other.fromMs < one.untilMs;
        if (overlap && (isShared || areIncidents))
          throw new Error(`${one.name} and ${other.name} are in each other's way`);
      }
    }
  });

  test("places scenarios on servers with the logs that they need", () => {
    const { scenarios, servers } = planFarm({
      ...WISHES,
      scenarios: ["iis-only", "iis-diagnostics", "stale-keys-crash", "outlook-storm-iis-only"],
    });
    expect(servers).toBe(4);
    const serversOf = (logs: string): unknown => [
      ...new Set(scenarios.filter(({ name }) => SCENARIOS[name].logs === logs).map(({ server }) => server)),
    ];
    expect([serversOf("all"), serversOf("iis_only"), serversOf("iis_diagnostics")]).toEqual([[0], [2], [3]]);
  });

  test("refuses impossible options, and states what is needed", () => {
    expect(() => planFarm({ ...WISHES, scenarios: ["iis-only", "stale-keys-crash"], servers: 1 })).toThrow(
      new PlanError("Cannot plan a farm of 1 servers: its scenarios need 2"),
    );
    expect(() => planFarm({ ...WISHES, scenarios: ["stale-keys-crash"], durationMs: 600_000 })).toThrow(
      /^Cannot plan a farm of 10 minutes: its scenarios need 60$/,
    );
  });

  test("shortens the usual mix to the requested length", () => {
    const plan = planFarm({ ...WISHES, durationMs: 3 * HOUR_MS, servers: 3 });
    expect(plan.durationMs).toBe(3 * HOUR_MS);
    expect(plan.scenarios.length).toBeGreaterThan(1);
    expect(plan.scenarios.length).toBeLessThan(planFarm(WISHES).scenarios.length);
  });

  test("uses the requested rate, clients and noise", () => {
    expect(planFarm({ ...WISHES, requestsPerSecond: 9, clients: 77, noiseShare: 0.9, seed: 5 })).toMatchObject({
      requestsPerSecond: 9,
      clients: 77,
      noiseShare: 0.9,
      seed: 5,
    });
  });
});

describe("demoPlan()", () => {
  test(
    "has two finished incidents in its history, one of them unproven, and one of about 25 clients that starts " +
      "20 seconds after it goes live",
    () => {
      const startMs = Date.UTC(2026, 10, 23, 8);
      const plan = demoPlan({ startMs, seed: 1 });
      expect(plan.startMs).toBe(startMs - HOUR_MS);
      const simulation = startSimulation(plan);
      let beforeLive = 0;
      for (const { atMs } of simulation.lines) {
        if (atMs < startMs) beforeLive += 1;
        if (atMs > startMs + 9 * 60_000) break;
      }
      expect(beforeLive).toBeGreaterThan(1_000);
      const [past, silent, now, ...others] = simulation.truth().incidents;
      expect(others).toEqual([]);
      expect(past).toMatchObject({ server: "EX02", cause: "stale_keys_after_recycle" });
      expect(Date.parse(past?.end ?? "")).toBeLessThan(startMs - 30 * 60_000);
      expect(silent).toMatchObject({ server: "EX03", cause: "unexplained", proven: false });
      expect(Date.parse(silent?.end ?? "")).toBeLessThan(startMs - 15 * 60_000);
      expect(now).toMatchObject({
        server: "EX01",
        appPool: "MSExchangeMapiFrontEndAppPool",
        cause: "stale_keys_after_recycle",
        clients: 25,
      });
      expect(Date.parse(now?.start ?? "") - startMs).toBeLessThan(35_000);
      const seconds = (Date.parse(now?.end ?? "") - Date.parse(now?.start ?? "")) / 1000;
      expect(seconds).toBeGreaterThan(75);
      expect(seconds).toBeLessThan(95);
    },
  );
});
