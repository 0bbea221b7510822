import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { analyzeFarms, type Analysis } from "../../src/analysis/analyze-farms.ts";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { openMetricsHistory, CONSTANT_MS, REST_MS } from "../../src/report/openmetrics-history.ts";
import { writeWhole } from "../../src/report/openmetrics-history-file.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { hasTool } from "../alerts/run-tool.ts";
import { panelsOf, readBoards, targetsOf } from "../dashboards/board-files.ts";
import { openingLook, runTarget } from "../dashboards/grafana-query.ts";
import { queryInstant, startPrometheus, type Prometheus } from "../dashboards/prometheus.ts";
import { defaultConfig, FARM_START_MS, smallFarm, type SmallFarm } from "./small-farm.ts";
import { isOfStrangers } from "../../src/model/label-values.ts";
import { clockOf } from "../model/test-clock.ts";

/** Less than two weeks, so that one week has a preceding week. */
const APART_MS = 332 * 3_600_000;
const SAMPLING = {
  stepMs: 60_000,
  job: "hma-exporter",
  instance: "localhost:10401",
  restMs: REST_MS,
  constantMs: CONSTANT_MS,
};

/** Two farms of the same servers, nearly two weeks apart. */
let first: SmallFarm;
let second: SmallFarm;
let analysis: Analysis;

beforeAll(async () => {
  first = await smallFarm(["stale-keys-everywhere"]);
  second = await smallFarm(["stale-keys-crash", "unknown-user"], FARM_START_MS + APART_MS);
  await nameAnew(second);
  analysis = await analyzeFarms({
    farms: [first.farm, second.farm],
    config: await defaultConfig(),
    keepsHistory: true,
  });
}, 120_000);
afterAll(async () => {
  await Promise.all([first.remove(), second.remove()]);
});

/** Renames files that have the same name in both farms, because they are different files. */
async function nameAnew({ farm, truth }: SmallFarm): Promise<void> {
  for (const server of truth.servers) {
    for (const folder of ["events", "LogFiles/HTTPERR"]) {
      const path = join(farm, server, folder);
      for (const name of await readdir(path))
        await rename(join(path, name), join(path, name.replace(/^(httperr)?/, "$18")));
    }
  }
}

/** Last value of each series of a server that is not 0, by name and labels. */
function finalCounts({ history }: Analysis, server: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const series of history!.series) {
    if (series.server !== server || !/_total$|_count$|_sum$|_bucket$/.test(series.sample)) continue;
    const last = [...series.steps()].at(-1)?.value ?? 0;
    if (last !== 0) counts[keyOf(series.sample, series.labels)] = rounded(last);
  }
  return counts;
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name} ${Object.entries(labels)
    .map(([label, value]) => `${label}=${label === "le" && value !== "+Inf" ? Number(value) : value}`)
    .sort()
    .join(" ")}`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

describe("the history of logs", () => {
  test("counts the same as a daemon that follows the same logs", async () => {
    const alone = await analyzeFarms({ farms: [second.farm], config: await defaultConfig(), keepsHistory: true });
    const scraped = await scrapeDaemon(second);
    for (const server of second.truth.servers) expect(finalCounts(alone, server)).toEqual(scraped.get(server));
    expect(Object.keys(finalCounts(alone, "EX01")).filter((key) => key.startsWith("hma_incidents_total"))).not.toEqual(
      [],
    );
  }, 120_000);

  test("does not depend on the order of the farms", async () => {
    const other = await analyzeFarms({
      farms: [second.farm, first.farm],
      config: await defaultConfig(),
      keepsHistory: true,
    });
    const digest = ({ history }: Analysis): string => {
      const hash = createHash("sha256");
      for (const chunk of openMetricsHistory(history, SAMPLING)) hash.update(chunk);
      return hash.digest("hex");
    };
    expect(digest(other)).toBe(digest(analysis));
  }, 120_000);

  test("starts at 0 and ends when the last incident is over", () => {
    const { history } = analysis;
    for (const series of history!.series) if (series.sample.endsWith("_total")) expect(series.initial).toBe(0);
    const open = history!.series.filter((series) => series.metric === "hma_incident_open");
    expect(
      open.flatMap((series) => [...series.steps()].slice(-1).map(({ value }) => value)).every((value) => value === 0),
    ).toBe(true);
    const opened = open.flatMap((series) => [...series.steps()]).filter(({ value }) => value === 1).length;
    expect(opened).toBe(analysis.findings.incidents.length);
  });

  test("contains only the end marker if no row was read", () => {
    expect([...openMetricsHistory(null, SAMPLING)]).toEqual(["# EOF\n"]);
  });
});

const withTools = hasTool("prometheus") && hasTool("promtool") ? describe : describe.skip;

withTools("the history in Prometheus", () => {
  let prometheus: Prometheus;
  let endSeconds: number;

  beforeAll(async () => {
    const text = join(first.folder, "history.om");
    const data = join(first.folder, "data");
    await mkdir(data);
    await writeWhole(text, openMetricsHistory(analysis.history, { ...SAMPLING, stepMs: 120_000 }));
    execFileSync(
      "promtool",
      ["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=512h", text, data],
      { stdio: "pipe" },
    );
    prometheus = await startPrometheus(first.folder);
    endSeconds = Math.ceil(analysis.history!.toMs / 60_000) * 60;
  }, 240_000);
  afterAll(async () => {
    await prometheus?.stop();
  });

  const capacity = readBoards().get("hma-capacity.json")!;
  const targets = panelsOf(capacity).flatMap((panel) =>
    targetsOf(panel).map((target) => [`${panel.title} ${target.refId}`, panel, target] as const),
  );

  test.each(targets)("answers the queries of the capacity dashboard: %s", async (_, panel, target) => {
    const answer = await runTarget(prometheus.url, { panel, target }, openingLook(capacity, endSeconds, ".+"));
    // Logs contain neither recorded series nor, without snapshots, key changes.
    if (/job:hma_|ALERTS|hma_key_change_timestamp/.test(target.expr)) return;
    // Forecasts and comparisons of weeks need two weeks of history, but these logs cover hours.
    const isForecast = target.expr.includes("predict_linear(") || target.expr.endsWith(">= 14");
    expect([target.expr, answer.length > 0]).toEqual([target.expr, !isForecast]);
    expect(answer.flatMap(({ values }) => values).every(([, value]) => Number.isFinite(Number(value)))).toBe(true);
  });

  test("contains the counters of the findings, with the labels of a scrape", async () => {
    const value = async (expr: string): Promise<number> =>
      Number((await queryInstant(prometheus.url, expr, endSeconds))[0]?.values[0]?.[1]);
    expect(await value('sum(hma_incidents_total{job="hma-exporter"})')).toBe(analysis.findings.incidents.length);
    expect(await value("sum(hma_bearer_loops_total)")).toBe(analysis.findings.loops.length);
    expect(await value("sum(hma_bearer_loop_duration_seconds_count)")).toBe(analysis.findings.loops.length);
    const ofStrangers = analysis.findings.loops.filter(({ category }) => isOfStrangers(category));
    expect(ofStrangers.length).toBeGreaterThan(0);
    expect(await value("sum(hma_stranger_loop_seconds_total)")).toBe(
      ofStrangers.reduce(
        (sum, { start, end }) => sum + Math.round((Date.parse(end ?? start) - Date.parse(start)) / 1000),
        0,
      ),
    );
    expect(await value("sum(hma_app_pool_recycles_total)")).toBe(analysis.findings.recycles.length);
    expect(await value('sum(hma_requests_total{result="rejected"})')).toBe(analysis.notes.requests["rejected"]);
    expect(await value("count(up == 1)")).toBe(analysis.findings.servers.length + 1);
    expect(
      (await queryInstant(prometheus.url, "hma_key_changes_total", endSeconds)).every(
        ({ metric }) => metric["instance"] === "localhost:10401",
      ),
    ).toBe(true);
  });

  test("shows when an incident was open", async () => {
    const incident = analysis.findings.incidents.at(-1)!;
    const during = Date.parse(incident.start) / 1000 + 300;
    const answer = await queryInstant(
      prometheus.url,
      `hma_incident_open{instance="${incident.server}",app_pool="${incident.appPool}"} == 1`,
      during,
    );
    expect(answer.map(({ metric }) => metric["cause"])).toEqual([incident.cause]);
    const start = await queryInstant(
      prometheus.url,
      `hma_incident_start_timestamp_seconds{instance="${incident.server}",app_pool="${incident.appPool}"}`,
      during,
    );
    expect(Number(start[0]?.values[0]?.[1])).toBe(Date.parse(incident.start) / 1000);
    const proven = await queryInstant(
      prometheus.url,
      `hma_incident_proven{instance="${incident.server}",app_pool="${incident.appPool}"}`,
      during,
    );
    expect(proven.map(({ values }) => values[0]?.[1])).toEqual([incident.proven ? "1" : "0"]);
  });
});

/** Final counts of a daemon that reads the farm from its beginning. */
async function scrapeDaemon({ farm, truth }: SmallFarm): Promise<Map<string, Record<string, number>>> {
  let nowMs = Date.parse(truth.to!) + 60_000;
  const config = await defaultConfig();
  const daemon = await startDaemon({
    live: fixedConfig({
      ...config,
      web: { ...config.web, listenAddress: ["127.0.0.1:0"] },
      follow: { ...config.follow, pollMs: 100 },
      collect: { ...config.collect, enabled: false },
      keys: { ...config.keys, enabled: false },
    }),
    target: { kind: "farm", folder: farm },
    mode: "central",
    state: { load: async () => null, save: async () => undefined, lostTo: () => null, close: async () => undefined },
    logger: openLogger({ level: "error", format: "logfmt", output: null, file: null }),
    webConfig: null,
    clock: clockOf(() => nowMs),
  });
  try {
    await until(async () => (await fetch(`${daemon.url}/-/ready`)).ok);
    // Enough time without rows that all loops and incidents are over.
    nowMs += 3 * 3_600_000;
    await until(async () => {
      const pages = await Promise.all(truth.servers.map((server) => pageOf(daemon.url, server)));
      const incidents = pages
        .flatMap((page) => Object.entries(page))
        .filter(([key]) => key.startsWith("hma_incidents_total"))
        .reduce((sum, [, value]) => sum + value, 0);
      return incidents === truth.incidents.length;
    });
    return new Map(
      await Promise.all(truth.servers.map(async (server) => [server, await pageOf(daemon.url, server)] as const)),
    );
  } finally {
    await daemon.stop();
  }
}

/** Counters of a server's page that also exist in the history, except those at 0. */
async function pageOf(url: string, server: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics/servers/${server}`)).text();
  const counts: Record<string, number> = {};
  for (const [, name = "", labelText = "", value = ""] of text.matchAll(
    /^(hma_(?:requests|bearer|stranger|incident|app_pool)\w*?(?:_total|_bucket|_sum|_count))\{(.*)\} (\S+)$/gm,
  )) {
    if (Number(value) === 0) continue;
    counts[
      keyOf(name, Object.fromEntries([...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, of]) => [label!, of!])))
    ] = rounded(Number(value));
  }
  return counts;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return;
    await wait(50);
  }
  throw new Error("it did not come to be");
}
