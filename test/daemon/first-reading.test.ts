import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config-schema.ts";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import type { LiveRecord } from "../../src/live/live-record.ts";
import { startLiveDetection, type LiveDetection } from "../../src/live/live-detection.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { defaultConfig, smallFarm, type SmallFarm } from "../analysis/small-farm.ts";
import { recordOf } from "../live/record-of.ts";
import { clockOf } from "../model/test-clock.ts";
import { HOUR_MS } from "../../src/model/durations.ts";

const COUNTED = [
  "hma_requests_total",
  "hma_bearer_rejections_total",
  "hma_bearer_loops_total",
  "hma_incidents_total",
  "hma_app_pool_recycles_total",
];

let made: SmallFarm;
let config: Config;
/** Hours after the farm's last row. */
let nowMs: number;

beforeAll(async () => {
  made = await smallFarm(["stale-keys-crash"]);
  config = { ...(await defaultConfig()) };
  const { findings } = await analyzeFarms({ farms: [made.farm], config });
  nowMs = Date.parse(findings.to ?? "") + 3 * HOUR_MS;
});
afterAll(() => made.remove());

function watchOf(farm: string, record: LiveRecord | null = null, now = () => nowMs): LiveDetection {
  return startLiveDetection({
    live: fixedConfig(config),
    target: { kind: "farm", folder: farm },
    record,
    clock: clockOf(now),
  });
}

async function readAll(detection: LiveDetection): Promise<void> {
  while (!(await detection.poll()).isCaughtUp);
}

function counted(detection: LiveDetection): string[] {
  return detection.engine.servers
    .flatMap((server) =>
      serverMetrics(viewAt(detection.engine, nowMs), server).flatMap((value) =>
        value.kind === "value" && COUNTED.includes(value.metric) && value.value > 0
          ? [`${server.name} ${value.metric} ${JSON.stringify(value.labels)} ${value.value}`]
          : [],
      ),
    )
    .sort();
}

/** Final counts of a complete farm, an hour later. */
async function countedLater(farm: string): Promise<string[]> {
  let laterMs = nowMs;
  const detection = watchOf(farm, null, () => laterMs);
  await readAll(detection);
  laterMs += HOUR_MS;
  await detection.poll();
  await detection.follower.close();
  return counted(detection);
}

describe("the first reading", () => {
  test("counts old requests as soon as they are read, and finalises no request before its time", async () => {
    const { incidents } = made.truth;
    expect(incidents.length).toBeGreaterThan(0);
    const detection = watchOf(made.farm);
    await readAll(detection);
    await detection.follower.close();
    expect(counted(detection).filter((line) => line.includes("hma_incidents_total"))).toHaveLength(incidents.length);
    expect(detection.engine.table.dropped).toBe(0);
    // Almost all: for requests of the last two minutes, other logs may still get rows.
    const missing = (await countedLater(made.farm)).filter((line) => !counted(detection).includes(line));
    expect(missing.length).toBeLessThan(4);
  });

  test.each([
    ["in one process", false],
    ["across a restart", true],
  ])("joins later rows with its last minute, %s", async (_, isRestarted) => {
    const farm = join(made.folder, isRestarted ? "restarted" : "going-on");
    await cp(made.farm, farm, { recursive: true });
    const rest = await cutTail(farm);
    let laterMs = nowMs;
    let detection = watchOf(farm, null, () => laterMs);
    await readAll(detection);
    if (isRestarted) {
      await detection.follower.close();
      detection = watchOf(farm, recordOf(detection), () => laterMs);
    }
    for (const [file, bytes] of rest) await appendFile(file, bytes);
    await readAll(detection);
    laterMs += HOUR_MS;
    await detection.poll();
    await detection.follower.close();
    const requests = (lines: string[]): string[] => lines.filter((line) => line.includes("hma_requests_total"));
    expect(requests(counted(detection))).toEqual(requests(await countedLater(made.farm)));
    await rm(farm, { recursive: true });
  });

  test("continues as a first reading after the process died", async () => {
    const farm = join(made.folder, "died");
    await mkdir(farm);
    const record = recordOf(watchOf(farm));
    await cp(made.farm, farm, { recursive: true });
    let laterMs = nowMs;
    const detection = watchOf(farm, record, () => laterMs);
    await readAll(detection);
    expect(counted(detection).filter((line) => line.includes("hma_incidents_total"))).toHaveLength(
      made.truth.incidents.length,
    );
    laterMs += HOUR_MS;
    await detection.poll();
    await detection.follower.close();
    expect(counted(detection)).toEqual(await countedLater(made.farm));
  });
});

/** Removes the last rows of the front end's IIS logs, like the buffer of IIS; returns what it removed. */
async function cutTail(farm: string): Promise<Map<string, Buffer>> {
  const rest = new Map<string, Buffer>();
  for (const server of (await readdir(farm)).filter((name) => name.startsWith("EX"))) {
    const folder = join(farm, server, "LogFiles/W3SVC1");
    for (const name of (await readdir(folder)).sort().slice(-1)) {
      const file = join(folder, name);
      const bytes = await readFile(file);
      const keep = bytes.lastIndexOf("\n", bytes.length - 4_000) + 1;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes.subarray(0, keep));
      rest.set(file, bytes.subarray(keep));
    }
  }
  return rest;
}
