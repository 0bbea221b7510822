import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config-schema.ts";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import type { WatchRecord } from "../../src/live/watch-record.ts";
import { startWatch, type Watch } from "../../src/live/watch.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { defaultConfig, smallFarm, type SmallFarm } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";

const HOUR_MS = 3_600_000;
const COUNTED = [
  "hma_requests_total",
  "hma_bearer_rejections_total",
  "hma_bearer_loops_total",
  "hma_incidents_total",
  "hma_app_pool_recycles_total",
];

let made: SmallFarm;
let config: Config;
/** Hours after the last row of the farm. */
let nowMs: number;

beforeAll(async () => {
  made = await smallFarm(["stale-keys-crash"]);
  config = { ...(await defaultConfig()) };
  const { findings } = await analyzeFarms({ farms: [made.farm], config });
  nowMs = Date.parse(findings.to ?? "") + 3 * HOUR_MS;
});
afterAll(() => made.remove());

function watchOf(farm: string, record: WatchRecord | null = null, now = () => nowMs): Watch {
  return startWatch({ live: fixedConfig(config), target: { kind: "farm", folder: farm }, record, clock: clockOf(now) });
}

async function readAll(watch: Watch): Promise<void> {
  while (!(await watch.poll()).isCaughtUp);
}

function counted(watch: Watch): string[] {
  return watch.engine.servers
    .flatMap((server) =>
      serverMetrics(watch.engine, server, nowMs).flatMap((value) =>
        value.kind === "value" && COUNTED.includes(value.metric) && value.value > 0
          ? [`${server.name} ${value.metric} ${JSON.stringify(value.labels)} ${value.value}`]
          : [],
      ),
    )
    .sort();
}

/** What is counted when everything lay there and the clock went on for an hour. */
async function countedLater(farm: string): Promise<string[]> {
  let laterMs = nowMs;
  const watch = watchOf(farm, null, () => laterMs);
  await readAll(watch);
  laterMs += HOUR_MS;
  await watch.poll();
  await watch.follower.close();
  return counted(watch);
}

describe("the first reading", () => {
  test("counts what is long over as soon as it is read, and lets no request leave before its time", async () => {
    const { incidents } = made.truth;
    expect(incidents.length).toBeGreaterThan(0);
    const watch = watchOf(made.farm);
    await readAll(watch);
    await watch.follower.close();
    expect(counted(watch).filter((line) => line.includes("hma_incidents_total"))).toHaveLength(incidents.length);
    expect(watch.engine.table.dropped).toBe(0);
    // Nearly all: of the last two minutes the other sights may be on their way.
    const missing = (await countedLater(made.farm)).filter((line) => !counted(watch).includes(line));
    expect(missing.length).toBeLessThan(4);
  });

  test.each([
    ["in one process", false],
    ["over a restart", true],
  ])("joins what comes after it to its last minute, %s", async (_, isRestarted) => {
    const farm = join(made.folder, isRestarted ? "restarted" : "going-on");
    await cp(made.farm, farm, { recursive: true });
    const rest = await cutTail(farm);
    let laterMs = nowMs;
    let watch = watchOf(farm, null, () => laterMs);
    await readAll(watch);
    if (isRestarted) {
      await watch.follower.close();
      watch = watchOf(farm, JSON.parse(JSON.stringify(watch.record(null))) as WatchRecord, () => laterMs);
    }
    for (const [file, bytes] of rest) await appendFile(file, bytes);
    await readAll(watch);
    laterMs += HOUR_MS;
    await watch.poll();
    await watch.follower.close();
    const requests = (lines: string[]): string[] => lines.filter((line) => line.includes("hma_requests_total"));
    expect(requests(counted(watch))).toEqual(requests(await countedLater(made.farm)));
    await rm(farm, { recursive: true });
  });

  test("goes on as such when the process dies in it", async () => {
    const farm = join(made.folder, "died");
    await mkdir(farm);
    const record = watchOf(farm).record(null);
    await cp(made.farm, farm, { recursive: true });
    let laterMs = nowMs;
    const watch = watchOf(farm, record, () => laterMs);
    await readAll(watch);
    expect(counted(watch).filter((line) => line.includes("hma_incidents_total"))).toHaveLength(
      made.truth.incidents.length,
    );
    laterMs += HOUR_MS;
    await watch.poll();
    await watch.follower.close();
    expect(counted(watch)).toEqual(await countedLater(made.farm));
  });
});

/** Takes the last rows off the front end's IIS logs, as the buffer of IIS holds them back; gives what it took. */
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
