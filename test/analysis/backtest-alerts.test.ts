import { describe, expect, test } from "@jest/globals";
import { alertsOf, firingSpans, pagesOf, type AlertRule } from "../../src/analysis/backtest-alerts.ts";
import type { AlertFinding } from "../../src/model/alert-finding.ts";

const MINUTE = 60_000;
const evaluations = { firstMs: 0, lastMs: 30 * MINUTE, stepMs: MINUTE };
const minutes = (...spans: [number, number][]): number[] =>
  spans.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => (from + index) * MINUTE));
const spansIn = (activeMs: number[], forMinutes: number, keepMinutes: number): (number | null)[][] =>
  firingSpans(activeMs, { forMs: forMinutes * MINUTE, keepFiringForMs: keepMinutes * MINUTE }, evaluations).map(
    ({ startMs, endMs }) => [startMs / MINUTE, endMs === null ? null : endMs / MINUTE],
  );

describe("firingSpans()", () => {
  test.each([
    { name: "fires at once without for", active: minutes([3, 5]), forMinutes: 0, keepMinutes: 0, expected: [[3, 6]] },
    {
      name: "is pending until for has passed",
      active: minutes([3, 9]),
      forMinutes: 5,
      keepMinutes: 0,
      expected: [[8, 10]],
    },
    {
      name: "never fires when it is active for less",
      active: minutes([3, 7]),
      forMinutes: 5,
      keepMinutes: 0,
      expected: [],
    },
    {
      name: "starts again after a gap while pending",
      active: minutes([3, 6], [8, 14]),
      forMinutes: 5,
      keepMinutes: 0,
      expected: [[13, 15]],
    },
    {
      name: "a gap resolves it at once without keep_firing_for",
      active: minutes([3, 5], [7, 8]),
      forMinutes: 0,
      keepMinutes: 0,
      expected: [
        [3, 6],
        [7, 9],
      ],
    },
    {
      name: "fires on for keep_firing_for",
      active: minutes([3, 5]),
      forMinutes: 0,
      keepMinutes: 10,
      expected: [[3, 16]],
    },
    {
      name: "a gap within keep_firing_for is no gap",
      active: minutes([3, 5], [9, 10]),
      forMinutes: 0,
      keepMinutes: 10,
      expected: [[3, 21]],
    },
    {
      name: "keep_firing_for keeps nothing that was only pending",
      active: minutes([3, 6]),
      forMinutes: 5,
      keepMinutes: 10,
      expected: [],
    },
    {
      name: "still fires at the end",
      active: minutes([28, 30]),
      forMinutes: 1,
      keepMinutes: 0,
      expected: [[29, null]],
    },
    {
      name: "still fires at the end by keep_firing_for",
      active: minutes([20, 25]),
      forMinutes: 0,
      keepMinutes: 10,
      expected: [[20, null]],
    },
    { name: "is silent when it never is active", active: [], forMinutes: 0, keepMinutes: 0, expected: [] },
  ] as const)("$name", ({ active, forMinutes, keepMinutes, expected }) => {
    expect(spansIn([...active], forMinutes, keepMinutes)).toEqual(expected);
  });
});

const RULE: AlertRule = {
  name: "HmaBearerLoopIncident",
  query: "",
  forMs: 0,
  keepFiringForMs: 0,
  labels: { severity: "critical", component: "bearer" },
  summary: "Clients are refused",
};

describe("alertsOf()", () => {
  test("adds the server and removes labels that all alerts have", () => {
    expect(
      alertsOf(RULE, [{ labels: { job: "hma", instance: "EX01", cause: "unexplained" }, activeMs: minutes([3, 5]) }], {
        evaluations,
        servers: ["EX01"],
      }),
    ).toEqual([
      {
        alert: "HmaBearerLoopIncident",
        severity: "critical",
        server: "EX01",
        labels: { cause: "unexplained", component: "bearer" },
        start: "1970-01-01T00:03:00.000Z",
        end: "1970-01-01T00:06:00.000Z",
        durationSeconds: 180,
        summary: "Clients are refused",
      },
    ]);
  });

  test("series that differ only in their metric name are one alert", () => {
    const series = [
      { labels: { __name__: "ratio1h", job: "hma" }, activeMs: minutes([3, 5]) },
      { labels: { __name__: "ratio6h", job: "hma" }, activeMs: minutes([6, 8]) },
    ];
    expect(alertsOf(RULE, series, { evaluations, servers: [] }).map(({ start, end }) => [start, end])).toEqual([
      ["1970-01-01T00:03:00.000Z", "1970-01-01T00:09:00.000Z"],
    ]);
  });

  test("a summary that needs values is omitted", () => {
    expect(
      alertsOf({ ...RULE, summary: "{{ $value }} servers" }, [{ labels: {}, activeMs: [0] }], {
        evaluations,
        servers: [],
      })[0]?.summary,
    ).toBe("");
  });
});

describe("pagesOf()", () => {
  const alert = (startMinute: number, length: number, more: Partial<AlertFinding> = {}): AlertFinding => ({
    alert: "A",
    severity: "critical",
    server: "EX01",
    labels: { component: "bearer" },
    start: new Date(startMinute * MINUTE).toISOString(),
    end: null,
    durationSeconds: length * 60,
    summary: "",
    ...more,
  });

  test.each([
    ["nothing is no page", [], 0],
    ["a warning is no page", [alert(0, 10, { severity: "warning" })], 0],
    ["critical alerts that overlap are one page", [alert(0, 10), alert(5, 20, { server: "EX02" })], 1],
    ["what follows within five minutes joins it", [alert(0, 10), alert(14, 5)], 1],
    ["later ones are another page", [alert(0, 10), alert(16, 5)], 2],
    ["another component is another page", [alert(0, 10), alert(5, 5, { labels: { component: "certificate" } })], 2],
  ] as const)("%s", (_, alerts, pages) => {
    expect(pagesOf(alerts)).toBe(pages);
  });
});
