import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { hasTool } from "../alerts/run-tool.ts";
import { DASHBOARDS_FOLDER, panelsOf, PROJECT, readBoards, targetsOf } from "./board-files.ts";
import { runTarget } from "./grafana-query.ts";
import { freePort, labelValues, queryInstant, startPrometheus, type Prometheus } from "./prometheus.ts";
import { selectorsOf, withSampleValues } from "./promql.ts";
import { PROGRAM } from "../program.ts";

/**
 * Dashboards about the present, which the daemon can fill within its first minutes. The others cover days and weeks, and are tested with
 * the simulated week.
 */
const BOARDS_OF_NOW = ["hma-fleet", "hma-server", "hma-exporter"];
/** Queries of these dashboards without a result, and the reasons. */
const UNANSWERED: Readonly<Record<string, string>> = {
  "HMA / Exporter health: Unreadable lines by reason A": "the demo writes no line that cannot be read",
  "HMA / Exporter health: Files followed, columns missing B": "the demo's logs have every column",
  "HMA / Server: Refused Bearer requests by reason C": "the demo has no 403 or 5xx with an OAuth reason",
  "HMA / Server: 403 and 5xx with an OAuth reason A": "the demo has no 403 or 5xx with an OAuth reason",
};

const describeWithPrometheus = hasTool("prometheus") ? describe : describe.skip;

describeWithPrometheus("every query over the demo's daemon, scraped by the Prometheus of the compose example", () => {
  let folder: string;
  let demo: ChildProcess;
  let prometheus: Prometheus;
  let now: number;
  let known: ReadonlySet<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-live-"));
    const port = await freePort();
    demo = spawn(
      process.execPath,
      [PROGRAM, "demo", `--web.listen-address=127.0.0.1:${port}`, "--dir", join(folder, "demo")],
      { cwd: PROJECT, stdio: "ignore" },
    );
    const config = readFileSync(join(DASHBOARDS_FOLDER, "compose/prometheus.yml"), "utf8")
      .replaceAll("exporter:10401", `127.0.0.1:${port}`)
      .replace("/etc/prometheus/hma", join(PROJECT, "alerts"))
      .replace("scrape_interval: 15s", "scrape_interval: 2s")
      .replace("evaluation_interval: 30s", "evaluation_interval: 5s")
      .replace("refresh_interval: 30s", "refresh_interval: 2s");
    prometheus = await startPrometheus(folder, config);
    await until(async () => (await queryInstant(prometheus.url, "sum(hma_incident_open) > 0", seconds())).length > 0);
    await until(
      async () => (await queryInstant(prometheus.url, "job:hma_bearer_refused:ratio_rate30d", seconds())).length > 0,
    );
    // Alerts are pending for their `for`.
    await until(
      async () =>
        (await queryInstant(prometheus.url, 'ALERTS{alertstate="firing", job="hma-demo"}', seconds())).length > 0,
    );
    now = seconds();
    known = new Set(
      await labelValues(
        prometheus.url,
        { selector: '{job="hma-demo"}', label: "__name__" },
        { from: now - 3600, to: now },
      ),
    );
  }, 400_000);

  afterAll(async () => {
    await prometheus.stop();
    demo.kill("SIGTERM");
    if (demo.exitCode === null) await once(demo, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  test("the daemon has the series of servers and of the exporter that the dashboards use", () => {
    const names = METRICS.filter((metric) => !("absentUntilKnown" in metric)).map((metric) =>
      metric.type === "histogram" ? `${metric.name}_bucket` : metric.name,
    );
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  const targets = [...readBoards().values()].flatMap((board) =>
    panelsOf(board).flatMap((panel) =>
      targetsOf(panel).map((target) => ({
        name: `${board.title}: ${panel.title} ${target.refId}`,
        uid: board.uid ?? "",
        panel,
        target,
      })),
    ),
  );

  test.each(targets)("$name", async ({ name, uid, panel, target }) => {
    const answer = await runTarget(
      prometheus.url,
      { panel, target },
      {
        from: now - 600,
        to: now,
        instance: uid === "hma-server" ? "EX01" : ".+",
      },
    );
    // A panel with its own minimum step may start before the demo.
    const isOfNow = BOARDS_OF_NOW.includes(uid) && panel.interval === undefined && UNANSWERED[name] === undefined;
    const isKnown = selectorsOf(withSampleValues(target.expr)).every(
      (selector) => selector.name === "" || known.has(selector.name) || selector.name.includes(":"),
    );
    if (isKnown && isOfNow) expect(answer.length).toBeGreaterThan(0);
    for (const { metric, values } of answer)
      for (const [, value] of values) expect([metric, Number.isFinite(Number(value))]).toEqual([metric, true]);
  });
});

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(500);
}
