import { appendFile, mkdir, readFile, rm, truncate } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import type { Config } from "../../src/config/config-schema.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { startLiveDetection, type LiveDetection } from "../../src/live/live-detection.ts";
import { logKnowledge } from "../../src/reading/configured-knowledge.ts";
import type { LogKnowledge } from "../../src/reading/log-knowledge.ts";
import { HOUR_MS } from "../../src/model/durations.ts";
import { defaultConfig, smallFarm, type SmallFarm } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";
import { recordOf } from "./record-of.ts";

/** The live engine has the same state whether its logs are scanned or parsed line by line. */

let made: SmallFarm;
let config: Config;
let lastMs: number;

beforeAll(async () => {
  made = await smallFarm(["stale-keys-crash", "outlook-storm-iis-only"]);
  config = { ...(await defaultConfig()) };
  const { findings } = await analyzeFarms({ farms: [made.farm], config });
  lastMs = Date.parse(findings.to ?? "");
});
afterAll(() => made.remove());

/** The knowledge of the configuration, without scanners. */
function plainKnowledge(): LogKnowledge {
  const known = logKnowledge(config, []);
  const { iis, http_proxy, ews, mapi_http, ...others } = known.formats;
  const { createScanner: _iis, ...plainIis } = iis;
  const { createScanner: _proxy, ...plainProxy } = http_proxy;
  return { ...known, formats: { ...others, ews, mapi_http, iis: plainIis, http_proxy: plainProxy } };
}

function watch(farm: string, nowMs: () => number, knowledge?: LogKnowledge): LiveDetection {
  return startLiveDetection({
    live: fixedConfig(config),
    target: { kind: "farm", folder: farm },
    record: null,
    clock: clockOf(nowMs),
    ...(knowledge === undefined ? {} : { knowledge }),
  });
}

async function readAll(detection: LiveDetection): Promise<void> {
  while (!(await detection.poll()).isCaughtUp);
}

/** The engine's and the follower's state. The secret is random. */
function stateOf(detection: LiveDetection): unknown {
  const { engine, follow, clock } = recordOf(detection);
  return { engine, follow, clock };
}

test.each([
  ["hours after the last row", 3 * HOUR_MS],
  ["in the middle of the logs, so that rows are ahead of it", -HOUR_MS / 2],
])("the first reading has the same state, with a clock %s", async (_, afterMs) => {
  const nowMs = (): number => lastMs + afterMs;
  const [scanned, plain] = [watch(made.farm, nowMs), watch(made.farm, nowMs, plainKnowledge())];
  await readAll(scanned);
  await readAll(plain);
  expect(scanned.engine.servers.length).toBeGreaterThan(0);
  expect(stateOf(scanned)).toEqual(stateOf(plain));
  await stop(scanned, plain);
});

test("logs that grow have the same state after each growth", async () => {
  const farm = join(made.farm, "..", `${made.farm.split("/").at(-1)}-growing`);
  const files = globSync("**/*.{log,LOG}", { cwd: made.farm });
  let now = lastMs;
  const [scanned, plain] = [watch(farm, () => now), watch(farm, () => now, plainKnowledge())];
  try {
    for (const part of [0, 1, 2, 3]) {
      for (const file of files) {
        const bytes = await readFile(join(made.farm, file));
        await mkdir(join(farm, file, ".."), { recursive: true });
        const [from, to] = [Math.floor((bytes.length * part) / 4), Math.floor((bytes.length * (part + 1)) / 4)];
        if (part === 0) await truncateOrCreate(join(farm, file));
        await appendFile(join(farm, file), bytes.subarray(from, to));
      }
      now += 60_000;
      await readAll(scanned);
      await readAll(plain);
      expect(stateOf(scanned)).toEqual(stateOf(plain));
    }
  } finally {
    await stop(scanned, plain);
    await rm(farm, { recursive: true, force: true });
  }
});

async function stop(...detections: readonly LiveDetection[]): Promise<void> {
  for (const { follower } of detections) await follower.close();
}

async function truncateOrCreate(path: string): Promise<void> {
  await appendFile(path, "");
  await truncate(path, 0);
}
