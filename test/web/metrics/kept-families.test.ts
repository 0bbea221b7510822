import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { initialSeries } from "../../../src/catalogue/initial-series.ts";
import type { Metric } from "../../../src/catalogue/metric.ts";
import { METRICS } from "../../../src/catalogue/metrics.ts";
import type { MetricValue } from "../../../src/model/metric-value.ts";
import { KeptFamilies, KeptPages } from "../../../src/web/metrics/kept-families.ts";
import { metricsBody, renderMetrics, type MetricPage } from "../../../src/web/metrics/metrics-page.ts";
import { TextPiece } from "../../../src/web/metrics/text-piece.ts";
import { SERVER_VALUES } from "../web-fixture.ts";

const OF_SERVER: readonly Metric[] = METRICS.filter(({ scope }) => scope === "server");
const pageOf = (values: Iterable<MetricValue>): MetricPage => ({ scopes: ["server"], values });

/** A few values of server metrics, of few sizes, so that they are often equal to earlier ones. */
const VALUE = fc
  .record({ at: fc.nat({ max: 6 }), series: fc.nat({ max: 2 }), value: fc.nat({ max: 2 }), sum: fc.nat({ max: 1 }) })
  .map(({ at, series, value, sum }): MetricValue | null => {
    const metric = CHOSEN[at];
    const labels = metric === undefined ? undefined : initialSeries(metric)[series];
    if (metric === undefined || labels === undefined) return null;
    if (metric.type !== "histogram") return { kind: "value", metric: metric.name, labels: { ...labels }, value };
    return { kind: "histogram", metric: metric.name, labels: { ...labels }, counts: [value], sum };
  });
const CHOSEN = ["counter", "gauge", "histogram"].flatMap((type) =>
  OF_SERVER.filter((metric) => metric.type === type && initialSeries(metric).length > 0).slice(0, 3),
);

describe("a page of which the families are kept", () => {
  test("is that of the values, whatever the values before, plain and compressed, in both formats", async () => {
    const page = fc.record({
      values: fc.array(VALUE, { maxLength: 8 }),
      format: fc.constantFrom("text" as const, "openmetrics" as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 2, maxLength: 6 }), async (pages) => {
        const kept = { text: new KeptFamilies(), openmetrics: new KeptFamilies() };
        for (const { values, format } of pages) {
          const given = values.filter((value) => value !== null);
          const body = await metricsBody(pageOf(given), { format, kept: kept[format] });
          const wanted = await renderMetrics(pageOf(given), format);
          expect(body.plain.toString()).toBe(wanted);
          expect(gunzipSync((await body.zipped()) ?? "").toString()).toBe(wanted);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("shows what a source has counted since in a list that it returned", async () => {
    const kept = new KeptFamilies();
    const counts = [1, 0, 0];
    const value: MetricValue = {
      kind: "histogram",
      metric: "hma_bearer_loop_duration_seconds",
      labels: { app_pool: "MSExchangeServicesAppPool" },
      counts,
      sum: 5,
    };
    const text = async (): Promise<string> =>
      (await metricsBody(pageOf([value]), { format: "text", kept })).plain.toString();
    const before = await text();
    counts[0] = 2;
    expect(await text()).toBe(await renderMetrics(pageOf([value]), "text"));
    expect(await text()).not.toBe(before);
  });

  test("refuses a value that is not in the catalogue also after a page with good ones", async () => {
    const [kept, format] = [new KeptFamilies(), "text" as const];
    const good: MetricValue = { kind: "value", metric: "hma_server_logs_found", labels: {}, value: 1 };
    const open: MetricValue = {
      kind: "value",
      metric: "hma_bearer_loops_open",
      labels: { app_pool: "MSExchangeServicesAppPool" },
      value: 1,
    };
    await metricsBody(pageOf([good, open]), { format, kept });
    for (const odd of [
      { ...good, labels: { user: "x" } },
      { ...open, labels: {} },
      { kind: "histogram", metric: good.metric, labels: {}, counts: [], sum: 1 } as const,
    ])
      await expect(metricsBody(pageOf([odd]), { format, kept })).rejects.toThrow("Cannot render the metric");
  });

  test("tells values from histograms that have the same numbers", () => {
    const kept = new KeptFamilies();
    const histogram = (counts: readonly number[], sum: number): MetricValue => ({
      kind: "histogram",
      metric: "hma_bearer_loop_duration_seconds",
      labels: {},
      counts,
      sum,
    });
    const value: MetricValue = { kind: "value", metric: "hma_bearer_loop_duration_seconds", labels: {}, value: 0 };
    const textOf = (values: readonly MetricValue[], text: string): string | undefined =>
      kept
        .pieceOf({ name: "hma_bearer_loop_duration_seconds", type: "histogram" }, values, () => new TextPiece(text))
        ?.plain.toString();
    expect(textOf([histogram([], 1), histogram([], 9)], "first")).toBe("first");
    expect(textOf([value, histogram([0], 9)], "second")).toBe("second");
  });

  test("is not rendered again while its values are the same", () => {
    const kept = new KeptFamilies();
    let rendered = 0;
    const pieceOf = (value: number): TextPiece | null =>
      kept.pieceOf(
        { name: "hma_server_logs_found", type: "gauge" },
        [{ kind: "value", metric: "hma_server_logs_found", labels: {}, value }],
        () => new TextPiece(String((rendered += 1))),
      );
    const first = pieceOf(1);
    expect(pieceOf(1)).toBe(first);
    expect(pieceOf(0)?.plain.toString()).toBe("2");
    expect(pieceOf(-0)?.plain.toString()).toBe("3");
  });
});

describe("KeptPages", () => {
  test("keeps pages, and forgets the oldest of those that take too much memory", async () => {
    const pages = new KeptPages();
    const seen = new Map<string, KeptFamilies>();
    const isKnown = async (key: string): Promise<boolean> =>
      pages.use(key, async (kept) => {
        const isSame = seen.get(key) === kept;
        seen.set(key, kept);
        if (isSame) return true;
        await metricsBody(pageOf(SERVER_VALUES), { format: "text", kept });
        kept.pieceOf({ name: "large", type: "gauge" }, [], () => new TextPiece("x".repeat(10_000_000)));
        return false;
      });
    for (const key of ["a", "b", "c", "d"]) expect(await isKnown(key)).toBe(false);
    expect(await isKnown("d")).toBe(true);
    expect(await isKnown("a")).toBe(false);
  });
});

test("a piece of a page is compressed once", () => {
  const piece = new TextPiece("hma_server_logs_found 1\n".repeat(100));
  expect(piece.isZipped).toBe(false);
  expect(piece.zipped).toBe(piece.zipped);
  expect(piece.isZipped).toBe(true);
  expect(piece.zipped.length).toBeLessThan(piece.plain.length / 4);
});
