import { describe, expect, test } from "@jest/globals";
import { METRICS } from "../../src/catalogue/metrics.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { readRuleFiles } from "../alerts/rule-files.ts";
import { panelsOf, queryOf, readBoards, targetsOf } from "./board-files.ts";
import { selectorsOf, withSampleValues, type Selector } from "./promql.ts";

const CATALOGUE: readonly Metric[] = METRICS;
const HISTOGRAM_PARTS = ["_bucket", "_sum", "_count"];
/** Series that Prometheus itself adds. */
const PROMETHEUS_SERIES = ["up", "scrape_duration_seconds", "ALERTS"];

const recorded = new Set(
  readRuleFiles().flatMap((file) =>
    file.content.groups.flatMap((group) => group.rules.flatMap((rule) => rule.record ?? [])),
  ),
);
const boards = [...readBoards()];

describe("the dashboards and the catalogue", () => {
  test.each(boards)("%s uses only series of the catalogue, the rules and Prometheus", (_, board) => {
    const unknown = selectorsOfBoard(board).filter(
      ({ name }) =>
        name !== "" && metricOf(name) === undefined && !recorded.has(name) && !PROMETHEUS_SERIES.includes(name),
    );
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  test.each(boards)("%s uses labels and label values that the catalogue declares", (_, board) => {
    const wrong = selectorsOfBoard(board).flatMap((selector) => {
      const metric = metricOf(selector.name);
      return metric === undefined
        ? []
        : selector.matchers
            .filter((matcher) => !isPossible(metric, selector.name, matcher))
            .map((matcher) => `${selector.name} ${matcher.label}${matcher.operator}${matcher.value}`);
    });
    expect(wrong).toEqual([]);
  });

  test.each(boards)("all rows of a Markdown table in %s have the same number of cells as its header", (_, board) => {
    const cells = (row: string): number => row.match(/(?<!\\)\|/g)?.length ?? 0;
    const tables = panelsOf(board).flatMap(({ title, options }) => {
      const content = options?.["content"];
      const rows = typeof content === "string" ? content.split("\n").filter((row) => row.startsWith("|")) : [];
      return rows.map((row) => ({ title, row, cells: cells(row), wanted: cells(rows[0] ?? "") }));
    });
    expect(tables.filter((one) => one.cells !== one.wanted)).toEqual([]);
  });

  test("every metric of the catalogue is in a panel", () => {
    const shown = new Set(
      boards
        .flatMap(([, board]) => panelsOf(board))
        .flatMap((panel) => targetsOf(panel))
        .flatMap((target) => selectorsOf(withSampleValues(target.expr)))
        .flatMap(({ name }) => metricOf(name)?.name ?? []),
    );
    expect(CATALOGUE.map((metric) => metric.name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

function selectorsOfBoard(board: Parameters<typeof panelsOf>[0]): readonly Selector[] {
  const panels = panelsOf(board)
    .flatMap((panel) => targetsOf(panel))
    .map((target) => target.expr);
  const annotations = (board.annotations?.list ?? []).flatMap(
    (annotation) => (annotation as { expr?: string }).expr ?? [],
  );
  const variables = (board.templating?.list ?? [])
    .filter((variable) => variable.type === "query")
    .map((variable) => queryOf(variable).replace(/^label_values\((.+),[^,]+\)$/, "$1"));
  return [...panels, ...annotations, ...variables].flatMap((expr) => selectorsOf(withSampleValues(expr)));
}

function metricOf(series: string): Metric | undefined {
  return CATALOGUE.find((metric) =>
    metric.type === "histogram"
      ? HISTOGRAM_PARTS.some((part) => series === `${metric.name}${part}`)
      : metric.name === series,
  );
}

function isPossible(metric: Metric, series: string, matcher: Selector["matchers"][number]): boolean {
  if (["job", "instance"].includes(matcher.label)) return true;
  if (matcher.label === "le") return series.endsWith("_bucket");
  const values = metric.labels[matcher.label];
  if (values === undefined) return false;
  if (values.length === 0) return true;
  const wanted = matcher.operator.endsWith("~") ? matcher.value.split("|") : [matcher.value];
  return wanted.every((value) => values.includes(value));
}
