import { describe, expect, test } from "@jest/globals";
import { EXCHANGE_BUILDS } from "../../../src/catalogue/builds.ts";
import { evaluateChecks } from "../../../src/checks/evaluate-checks.ts";
import { activationsBetween } from "../../../src/detectors/activation.ts";
import { missingKeys } from "../../../src/detectors/exposure-timeline.ts";
import { keyChanges } from "../../../src/detectors/key-change.ts";
import { observeSnapshot } from "../../../src/detectors/key-observation.ts";
import { parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import { publishedKeysOf, readCertificate, trustedKeys } from "../../../src/model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../../../src/model/snapshot/snapshot.ts";
import { demoPlan } from "../../../src/simulator/demo-plan.ts";
import { BARE_PLAN, type SimulationPlan } from "../../../src/simulator/plan.ts";
import { SCENARIOS, SCENARIO_NAMES } from "../../../src/simulator/scenarios/index.ts";
import { ACCESS_CONTROL_KEY, ENTRA_KEYS } from "../../../src/simulator/organisation/signing-keys.ts";
import { startSimulation, truth } from "../../../src/simulator/simulate.ts";
import { beginOf, planOf } from "../small-plan.ts";

function snapshotsOf(plan: SimulationPlan): Snapshot[] {
  return [...startSimulation(plan).snapshots].map(({ atMs, text }) => {
    const { snapshot, faults } = parseSnapshot(JSON.parse(text));
    expect(faults).toEqual([]);
    expect(snapshot.atMs).toBe(atMs);
    return snapshot;
  });
}

function missingAt(snapshot: Snapshot): number | null {
  return missingKeys(publishedKeysOf(snapshot), trustedKeys(snapshot) ?? [], snapshot.atMs ?? 0);
}

function judged(snapshot: Snapshot): Map<string, string[]> {
  const failures = new Map<string, string[]>();
  for (const { check, verdict, object } of evaluateChecks(snapshot, {
    nowMs: snapshot.atMs ?? 0,
    builds: EXCHANGE_BUILDS,
    publishedKeys: null,
    logGaps: [],
    rolledOverAtMs: null,
    proofs: [],
  })) {
    if (verdict === "fail") failures.set(check, [...(failures.get(check) ?? []), object]);
  }
  return failures;
}

describe("simulated signing keys", () => {
  test("are distinct certificates with the stated thumbprints and expiry times", () => {
    for (const { certificate, thumbprint, notAfter } of [...ENTRA_KEYS, ACCESS_CONTROL_KEY]) {
      expect(readCertificate(certificate)).toEqual({ thumbprint, notAfterMs: Date.parse(notAfter) });
    }
    expect(new Set([...ENTRA_KEYS, ACCESS_CONTROL_KEY].map(({ thumbprint }) => thumbprint)).size).toBe(9);
  });
});

describe("snapshots of a simulated farm", () => {
  test("exist at the start, every 15 minutes and after each change, in order of time, each in its own file", () => {
    const plan = planOf("stale-keys-crash");
    const snapshots = [...startSimulation(plan).snapshots];
    const changes = truth(plan).keyChanges.map(({ at }) => Date.parse(at));
    expect(changes).toHaveLength(2);
    const regular = Array.from(
      { length: Math.ceil(plan.durationMs / 900_000) },
      (_, index) => plan.startMs + index * 900_000,
    );
    expect(snapshots.map(({ atMs }) => atMs)).toEqual(
      [...regular, ...changes.map((atMs) => Math.floor((atMs + 2_000) / 1_000) * 1_000)].sort((a, b) => a - b),
    );
    expect(new Set(snapshots.map(({ path }) => path)).size).toBe(snapshots.length);
    expect(snapshots[0]?.path).toBe("snapshots/snapshot-2026-11-23T070000Z.json");
  });

  test("are the same for the same plan, and are not created before they are needed", () => {
    const plan = planOf("stale-keys-maintenance");
    expect([...startSimulation(plan).snapshots]).toEqual([...startSimulation({ ...plan }).snapshots]);
    const [first] = startSimulation({ ...BARE_PLAN, durationMs: 100 * 365 * 86_400_000 }).snapshots;
    expect(first?.atMs).toBe(BARE_PLAN.startMs);
    expect([...startSimulation({ ...plan, snapshots: null }).snapshots]).toEqual([]);
  });

  test("show an organisation whose only faults are the cause of stale keys and recommended settings", () => {
    const [first] = snapshotsOf({ ...BARE_PLAN, servers: 3 });
    if (first === undefined) throw new Error("no snapshot");
    expect(missingAt(first)).toBe(0);
    expect([...judged(first).keys()].sort()).toEqual([
      "auth_admin_read_session",
      // One of the builds is from April 2024.
      "dedicated_hybrid_app",
      "hybrid_graph_routing",
      "iis_log_quality",
      "supported_release",
    ]);
  });

  test.each(SCENARIO_NAMES.filter((name) => !SCENARIOS[name].isNearMiss))(
    "%s: the organisation is exposed exactly from the roll-over until AD has the key",
    (name) => {
      const plan = planOf(name);
      const { keyChanges: fullRow, incidents } = truth(plan);
      const snapshots = snapshotsOf(plan);
      const [published, trusted] = fullRow.map(({ at }) => Date.parse(at));
      if (published === undefined || trusted === undefined) {
        expect(snapshots.map(missingAt)).toEqual(snapshots.map(() => 0));
        return;
      }
      expect(fullRow.map(({ kind }) => kind)).toEqual(["entra_keys_published", "ad_keys_updated"]);
      expect(incidents.every(({ cause }) => cause.startsWith("stale_keys") || cause === "metadata_unreachable")).toBe(
        true,
      );
      for (const snapshot of snapshots)
        expect(missingAt(snapshot)).toBe((snapshot.atMs ?? 0) >= published && (snapshot.atMs ?? 0) < trusted ? 1 : 0);
      expect(published).toBeLessThan(beginOf(plan));
      const changes = keyChanges(snapshots.flatMap(observeSnapshot));
      expect(
        changes.map(({ kind, atMs, afterMs }) => [
          kind,
          Math.abs(atMs - (kind === "ad_keys_updated" ? trusted : published)) <= 3_000,
          afterMs === null,
        ]),
      ).toEqual([
        ["entra_keys_published", true, false],
        ["ad_keys_updated", true, true],
      ]);
    },
  );

  test("maintenance shows inactive components, then active ones again before the incident", () => {
    const plan = planOf("stale-keys-maintenance");
    const snapshots = snapshotsOf(plan);
    const activations = snapshots
      .slice(1)
      .flatMap((snapshot, index) => activationsBetween(snapshots[index] ?? snapshot, snapshot));
    expect(activations).toEqual([
      {
        atMs: beginOf(plan) + 40 * 60_000 + 12_000,
        server: "EX01",
        text: "active again on EX01: ServerWideOffline, HubTransport, AutoDiscoverProxy and 7 more",
      },
    ]);
    expect(
      snapshots.filter((snapshot) => judged(snapshot).get("component_states")?.includes("EX01") === true),
    ).toHaveLength(3);
    expect(Date.parse(truth(plan).incidents[0]?.start ?? "")).toBeGreaterThan(activations[0]?.atMs ?? Infinity);
  });

  test.each([
    ["clock-skew", "clock"],
    ["modern-auth-not-offered", "modern_auth_enabled"],
    ["metadata-unreachable", "outbound_path"],
  ] as const)("%s: the check %s fails during the scenario", (name, check) => {
    const fails = snapshotsOf(planOf(name)).map((snapshot) => judged(snapshot).has(check));
    expect(fails.at(0)).toBe(false);
    expect(fails).toContain(true);
    expect(fails.at(-1)).toBe(false);
  });

  test("the demo has a finished roll-over in the past, and an exposure that starts after it goes live, before the incident", () => {
    const startMs = Date.UTC(2026, 10, 23, 8);
    const plan = demoPlan({ startMs, seed: 1 });
    const steps: [number, number | null][] = [];
    for (const { atMs, text } of startSimulation(plan).snapshots) {
      if (atMs > startMs + 30 * 60_000) break;
      const missing = missingAt(parseSnapshot(JSON.parse(text)).snapshot);
      if (steps.at(-1)?.[1] !== missing) steps.push([(atMs - startMs) / 1_000, missing]);
    }
    expect(steps).toEqual([
      [-3_600, 0],
      [-58 * 60 + 2, 1],
      [expect.any(Number), 0],
      [10, 1],
      [expect.any(Number), 0],
    ]);
    expect(steps[4]?.[0]).toBeLessThan(10 * 60);
  });
});
