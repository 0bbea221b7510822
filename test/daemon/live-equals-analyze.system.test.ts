import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import type { Findings } from "../../src/model/finding.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import { startServe, until } from "./daemon-process.ts";
import { HOUR_MS } from "../../src/model/durations.ts";

/** The parts that must be equal; pseudonyms and accounting differ between runs. */
function said({ incidents, loops, recycles, keyChanges }: Findings): unknown {
  return {
    // A key change is attributed to what showed it first: live, the folder of snapshots is read before the logs.
    incidents: incidents.map((incident) => ({
      ...incident,
      evidence: incident.evidence.map((one) => (one.kind === "key_change" ? { ...one, text: "", source: null } : one)),
    })),
    loops: loops.map(({ client: _, ...loop }) => JSON.stringify(loop)).sort(),
    recycles,
    keyChanges,
  };
}

test("a daemon that reads half a day of existing logs has the same findings as analyze", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hma-live-"));
  const farm = join(folder, "farm");
  const config = join(folder, "config.yml");
  await writeFile(config, "follow: { lookback: 7d }\nkeys: { enabled: false }\n");
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 14 * HOUR_MS;
  const truth = await writeFarm(
    farm,
    planFarm({
      seed: 5,
      startMs,
      scenarios: [],
      servers: null,
      durationMs: 13 * HOUR_MS,
      requestsPerSecond: 0.1,
      clients: 60,
      noiseShare: 0.3,
    }),
  );
  const analysis = await analyzeFarms({ farms: [farm], config: DEFAULT_CONFIG });
  const daemon = startServe(farm, join(folder, "state"), ["--config.file", config]);
  try {
    const url = await daemon.url;
    await until(
      async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
      120_000,
      () => "not ready",
    );
    const live = (await (await fetch(`${url}/api/v1/incidents`)).json()) as Findings;
    expect(analysis.findings.incidents).toHaveLength(truth.incidents.length);
    expect(said(live)).toEqual(said(analysis.findings));
  } finally {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
