import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { analyzeFarms, type Analysis } from "../../src/analysis/analyze-farms.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import { isScenarioName, SCENARIOS } from "../../src/simulator/scenarios/index.ts";
import type { SimulatedTruth } from "../../src/simulator/truth/truth-keeper.ts";

/** A recycle without an event is dated at the first row of the new process, shortly after it. */
const SEEN_LATE_MS = 120_000;

async function simulated(name: string, seed: number): Promise<{ truth: SimulatedTruth; analysis: Analysis }> {
  if (!isScenarioName(name)) throw new Error(name);
  const folder = await mkdtemp(join(tmpdir(), "hma-scenario-"));
  try {
    const plan = planFarm({
      seed,
      startMs: Date.UTC(2026, 10, 23, 7),
      scenarios: [name],
      servers: null,
      durationMs: null,
      requestsPerSecond: 0.05,
      clients: 100,
      noiseShare: 0.3,
    });
    const truth = await writeFarm(folder, plan);
    return { truth, analysis: await analyzeFarms({ farms: [folder], config: DEFAULT_CONFIG }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("every scenario of the simulator is found exactly", () => {
  test.each(Object.keys(SCENARIOS))("%s", async (name) => {
    const { truth, analysis } = await simulated(name, 11);
    const { findings } = analysis;
    const incident = ({
      server,
      appPool,
      cause,
      start,
      end,
      clients,
      rejections,
      proven,
    }: (typeof findings.incidents)[number] | SimulatedTruth["incidents"][number]) =>
      `${server} ${appPool} ${cause} ${start} to ${end}: ${clients} clients, ${rejections} rejections, ${proven ? "proven" : "suspected"}`;
    const loop = ({
      server,
      appPool,
      protocol,
      start,
      end,
      rejections,
      category,
      outcome,
    }: (typeof findings.loops)[number] | SimulatedTruth["loops"][number]) =>
      `${server} ${appPool} ${protocol} ${start} to ${end}: ${rejections} ${category} ${outcome}`;
    expect(findings.incidents.map(incident).sort()).toEqual(truth.incidents.map(incident).sort());
    expect(findings.loops.map(loop).sort()).toEqual(truth.loops.map(loop).sort());
    expect(analysis.notes.requests).toEqual(sumOf(truth.requests));
    const recycle = ({ server, appPool, reason }: { server: string; appPool: string; reason: string }) =>
      `${server} ${appPool} ${reason}`;
    const byPool = <R extends { server: string; appPool: string; at: string }>(recycles: readonly R[]) =>
      [...recycles].sort((a, b) => (`${a.server} ${a.appPool} ${a.at}` < `${b.server} ${b.appPool} ${b.at}` ? -1 : 1));
    const [found, wanted] = [byPool(findings.recycles), byPool(truth.recycles)];
    expect(found.map(recycle)).toEqual(wanted.map(recycle));
    found.forEach(({ at }, index) => {
      const lateMs = Date.parse(at) - Date.parse(wanted[index]?.at ?? "");
      expect(lateMs).toBeGreaterThanOrEqual(-1_000);
      expect(lateMs).toBeLessThan(wanted[index]?.shownBy === "events" ? 1_000 : SEEN_LATE_MS);
    });
    for (const file of findings.accounting) expect(file.counted + file.skipped).toBe(file.bytes);
    expect(findings.accounting.filter((file) => file.skipped > 0)).toEqual([]);
  });
});

function sumOf(byServer: SimulatedTruth["requests"]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const counts of Object.values(byServer))
    for (const [result, count] of Object.entries(counts)) sum[result] = (sum[result] ?? 0) + count;
  return sum;
}
