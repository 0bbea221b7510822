import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasTool, runTool } from "../alerts/run-tool.ts";
import { panelsOf, readBoards, targetsOf } from "./board-files.ts";
import { openingLook, runTarget } from "./grafana-query.ts";
import { labelValues, startPrometheus, type Prometheus } from "./prometheus.ts";
import { selectorsOf, withSampleValues } from "./promql.ts";
import { PROGRAM } from "../program.ts";

const FROM = Date.UTC(2026, 10, 14, 6) / 1000;
const TO = FROM + 7 * 86_400;
/** Dashboards about the past, which a history can fill. */
const BOARDS_OF_HISTORY = ["hma-incidents", "hma-compliance", "hma-capacity"];

/** Queries of these dashboards without a result at the end of the farm, and the reasons. */
const UNANSWERED: Readonly<Record<string, string>> = {
  "HMA / Incidents: Open incidents: who is hit, and what to do": "no incident is open at the end",
  "HMA / Capacity review: Bearer requests per day: now, and forecast from the last four weeks B": "a week is not two",
  "HMA / Capacity review: Bearer requests per day: now, and forecast from the last four weeks C": "a week is not two",
  "HMA / Capacity review: Bearer requests per day: now, and forecast from the last four weeks D": "a week is not two",
  "HMA / Capacity review: Bearer requests per day: now, and forecast from the last four weeks E": "a week is not two",
  "HMA / Capacity review: This week against the week before, by server B": "a week is not two",
  "HMA / Capacity review: This week against the week before, by server D": "a week is not two",
};

const describeWithPrometheus = hasTool("prometheus") && hasTool("promtool") ? describe : describe.skip;

describeWithPrometheus("every query over the exporter's own backfill of a week of logs", () => {
  let folder: string;
  let prometheus: Prometheus;
  let known: ReadonlySet<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-backfill-"));
    const farm = join(folder, "farm");
    const history = join(folder, "history.om");
    await exporter(
      "simulate",
      farm,
      "--servers",
      "3",
      "--duration",
      "7d",
      "--start",
      new Date(FROM * 1000).toISOString(),
      "--rate",
      "0.01",
      "--noise",
      "0",
    );
    await exporter(
      "analyze",
      farm,
      "--openmetrics",
      history,
      "--openmetrics.step",
      "5m",
      "--openmetrics.job",
      "hma",
      "--output",
      join(folder, "report.txt"),
    );
    const { code, stderr } = await runTool("promtool", [
      "tsdb",
      "create-blocks-from",
      "openmetrics",
      "--max-block-duration=768h",
      "-q",
      history,
      join(folder, "data"),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    prometheus = await startPrometheus(folder);
    known = new Set(
      await labelValues(prometheus.url, { selector: '{job="hma"}', label: "__name__" }, { from: FROM, to: TO }),
    );
  }, 600_000);

  afterAll(async () => {
    await prometheus.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const targets = [...readBoards().values()].flatMap((board) =>
    panelsOf(board).flatMap((panel) =>
      targetsOf(panel).map((target) => ({
        name: `${board.title}: ${panel.title} ${target.refId}`,
        board,
        panel,
        target,
      })),
    ),
  );

  test.each(targets)("$name", async ({ name, board, panel, target }) => {
    const answer = await runTarget(
      prometheus.url,
      { panel, target },
      openingLook(board, TO, board.uid === "hma-server" ? "EX01" : ".+"),
    );
    const isKnown = selectorsOf(withSampleValues(target.expr)).every(
      (selector) => selector.name === "" || known.has(selector.name),
    );
    const isUnanswered = Object.keys(UNANSWERED).some(
      (unanswered) => name === unanswered || name.startsWith(`${unanswered} `),
    );
    if (isKnown && BOARDS_OF_HISTORY.includes(board.uid ?? "") && !isUnanswered)
      expect(answer.length).toBeGreaterThan(0);
    if (isUnanswered) expect(answer).toEqual([]);
    for (const { metric, values } of answer)
      for (const [, value] of values) expect([metric, Number.isFinite(Number(value))]).toEqual([metric, true]);
  });
});

async function exporter(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runTool(process.execPath, [PROGRAM, ...args]);
  if (code !== 0) throw new Error(`Cannot run ${args[0] ?? ""}: ${stderr}`);
}
