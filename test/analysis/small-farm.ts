import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigFile } from "../../src/config/load-config.ts";
import type { Config } from "../../src/config/config-schema.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import type { ScenarioName } from "../../src/simulator/scenarios/index.ts";
import type { SimulatedTruth } from "../../src/simulator/truth/truth-keeper.ts";

export interface SmallFarm {
  /** Contains the farm, and can be used for other files. */
  readonly folder: string;
  readonly farm: string;
  readonly truth: SimulatedTruth;
  readonly remove: () => Promise<void>;
}

export const FARM_START_MS = Date.UTC(2026, 10, 16, 7);

/** A simulated farm of two servers in its own folder, with few requests in addition to those of its scenarios. */
export async function smallFarm(scenarios: readonly ScenarioName[], startMs = FARM_START_MS): Promise<SmallFarm> {
  const folder = await mkdtemp(join(tmpdir(), "hma-history-"));
  const farm = join(folder, "farm");
  const plan = planFarm({
    seed: 5,
    startMs,
    scenarios,
    servers: 2,
    durationMs: null,
    requestsPerSecond: 0.2,
    clients: 60,
    noiseShare: 0.2,
  });
  const truth = await writeFarm(farm, plan);
  return { folder, farm, truth, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The default configuration. */
export async function defaultConfig(): Promise<Config> {
  const loaded = await readConfigFile(null, {});
  if (!loaded.ok) throw new Error("the defaults are refused");
  return loaded.config;
}
