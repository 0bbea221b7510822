import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import type { Metric } from "../../../src/catalogue/metric.ts";
import { METRICS } from "../../../src/catalogue/metrics.ts";
import { seriesBudget } from "../../../src/catalogue/series-budget.ts";
import { METRIC_GROUPS } from "../../../src/catalogue/switches.ts";
import { createProcessRegistry, familiesOf } from "../../../src/web/metrics/process-registry.ts";
import { renderMetrics, type MetricPage } from "../../../src/web/metrics/metrics-page.ts";
import { familyLines } from "../../../src/web/metrics/family-lines.ts";
import type { MetricValue } from "../../../src/model/metric-value.ts";
import { metricRegistry } from "./plain-page.ts";
import { writtenPage } from "../../written-page.ts";
import { EXPORTER_VALUES, SERVER_VALUES } from "../web-fixture.ts";

const WHOLE: MetricPage = {
  scopes: ["server", "organisation", "exporter"],
  values: [...SERVER_VALUES, ...EXPORTER_VALUES],
};
const OWN: MetricPage = { scopes: ["organisation", "exporter"], values: EXPORTER_VALUES };
const lineWith = (page: string, part: string): string | undefined =>
  page.split("\n").find((line) => line.includes(part) && !line.startsWith("#"));

describe("renderMetrics()", () => {
  test("renders a whole page in the text format (write it again with UPDATE_DOCS=1)", async () => {
    const page = await renderMetrics(WHOLE, "text");
    expect(writtenPage("test/web/metrics/golden/metrics.prom", page)).toBe(page);
  });

  test("renders a page in OpenMetrics (write it again with UPDATE_DOCS=1)", async () => {
    const page = await renderMetrics(OWN, "openmetrics");
    expect(writtenPage("test/web/metrics/golden/metrics.openmetrics", page)).toBe(page);
  });

  test("writes as many series for a server as the catalogue states", async () => {
    const page = await renderMetrics({ scopes: ["server"], values: [] }, "text");
    const series = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(series).toHaveLength(seriesBudget(METRICS.filter(({ scope }) => scope === "server")).initial);
    expect(new Set(series).size).toBe(series.length);
  });

  test.each(METRIC_GROUPS)("omits exactly the metrics of the group %s", async (group) => {
    const catalogue: readonly Metric[] = METRICS;
    const namesOf = (page: string): Set<string> =>
      new Set(page.split("\n").flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
    const whole = namesOf(await renderMetrics(WHOLE, "text"));
    const without = namesOf(await renderMetrics({ ...WHOLE, disabled: [group] }, "text"));
    const off = catalogue.filter((metric) => metric.group === group).map(({ name }) => name);
    expect(off.length).toBeGreaterThan(0);
    expect([...whole].filter((name) => !off.includes(name))).toEqual([...without]);
  });

  test("refuses a value that the catalogue does not contain, whatever is omitted", async () => {
    const value: MetricValue = { kind: "value", metric: "hma_nothing", labels: {}, value: 1 };
    const page = { scopes: ["server"] as const, values: [value], disabled: METRIC_GROUPS };
    await expect(renderMetrics(page, "text")).rejects.toThrow('Cannot render the metric "hma_nothing"');
  });

  test.each(["server", "central", "server page"])("passes promtool check metrics: %s", async (kind) => {
    const page =
      kind === "server page" ? { scopes: ["server"] as const, values: SERVER_VALUES } : kind === "server" ? WHOLE : OWN;
    const extra = kind === "server page" ? [] : [createProcessRegistry()];
    const output = execFileSync("promtool", ["check", "metrics"], {
      input: await renderMetrics(page, "text", extra),
      encoding: "utf8",
    });
    expect(output).toBe("");
  });

  test("writes cumulative buckets, and their bounds in each format's notation", async () => {
    const part = (format: "text" | "openmetrics") =>
      renderMetrics({ scopes: ["server"], values: SERVER_VALUES }, format);
    const prefix = 'hma_bearer_loop_duration_seconds_bucket{app_pool="MSExchangeServicesAppPool",le=';
    expect(lineWith(await part("text"), `${prefix}"60"`)).toMatch(/ 2$/);
    expect(lineWith(await part("openmetrics"), `${prefix}"60.0"`)).toMatch(/ 2$/);
    expect(lineWith(await part("openmetrics"), `${prefix}"86400.0"`)).toMatch(/ 3$/);
    expect(lineWith(await part("openmetrics"), `${prefix}"+Inf"`)).toMatch(/ 4$/);
    expect(
      lineWith(await part("text"), 'hma_bearer_loop_duration_seconds_count{app_pool="MSExchangeServicesAppPool"}'),
    ).toMatch(/ 4$/);
    expect(
      lineWith(await part("text"), 'hma_bearer_loop_duration_seconds_sum{app_pool="MSExchangeServicesAppPool"}'),
    ).toMatch(/ 100400\.5$/);
  });

  test("names a counter without _total in OpenMetrics metadata, and with it in its samples", async () => {
    const page = await renderMetrics(WHOLE, "openmetrics");
    expect(page).toContain("# TYPE hma_requests counter\n");
    expect(page).not.toContain("# TYPE hma_requests_total");
    expect(page).toContain('\nhma_requests_total{protocol="ews",scheme="bearer",result="rejected"} 1234\n');
    expect(page).toContain("# UNIT hma_log_lag_seconds seconds\n");
    expect(page.endsWith("\n# EOF\n")).toBe(true);
    expect(page.match(/# EOF/g)).toHaveLength(1);
  });

  test("escapes label values, and writes special numbers as specified", async () => {
    const values: readonly MetricValue[] = [
      { kind: "value", metric: "hma_clock_offset_seconds", labels: {}, value: Number.NaN },
      { kind: "value", metric: "hma_exporter_servers", labels: {}, value: Number.POSITIVE_INFINITY },
      { kind: "value", metric: "hma_exporter_clients_tracked", labels: {}, value: Number.NEGATIVE_INFINITY },
      ...EXPORTER_VALUES,
    ];
    const page = await renderMetrics({ scopes: ["organisation", "exporter"], values }, "text");
    expect(page).toContain("\nhma_clock_offset_seconds NaN\n");
    expect(page).toContain("\nhma_exporter_servers +Inf\n");
    expect(page).toContain("\nhma_exporter_clients_tracked -Inf\n");
    expect(page).toContain(
      '\nhma_config_compliant{check="oauth_on_virtual_directories",severity="critical",object="EX01\\\\EWS \\"Default\\"\\nWeb Site"} 0\n',
    );
  });

  test.each(["text", "openmetrics"] as const)(
    "writes the same as prom-client for the same values (%s)",
    async (format) => {
      for (const page of [WHOLE, OWN, { ...WHOLE, disabled: ["internals"] as const }]) {
        const families = (await familiesOf(metricRegistry(page))).filter(({ samples }) => samples.length > 0);
        const lines = families.flatMap((family) => familyLines(family, format));
        const end = format === "openmetrics" ? "# EOF\n" : "";
        expect(await renderMetrics(page, format)).toBe(`${lines.join("\n")}\n${end}`);
      }
    },
  );

  test("adds up the parts of a counter, and refuses a part without a counter", async () => {
    const part = (value: number): MetricValue => ({
      kind: "value",
      metric: "hma_key_changes_total",
      labels: { kind: "entra_keys_published" },
      value,
    });
    const page = (...values: MetricValue[]) => renderMetrics({ scopes: ["organisation"], values }, "text");
    expect(lineWith(await page(part(2), part(3)), 'kind="entra_keys_published"')).toMatch(/ 5$/);
    for (const odd of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(page(part(odd))).rejects.toThrow("a counter has no");
  });

  test("omits unknown values, including the header", async () => {
    expect(await renderMetrics({ scopes: ["organisation"], values: [] }, "text")).not.toContain("hma_exposed");
  });

  test.each([
    ["a name that the catalogue lacks", { kind: "value", metric: "hma_nope", labels: {}, value: 1 }, "hma_nope"],
    [
      "a metric of another page",
      { kind: "value", metric: "hma_requests_total", labels: {}, value: 1 },
      "does not belong to this page",
    ],
    [
      "a label that is missing",
      { kind: "value", metric: "hma_key_changes_total", labels: {}, value: 1 },
      '"kind" is missing',
    ],
    [
      "a label that it has not",
      { kind: "value", metric: "hma_exposed", labels: { user: "x" }, value: 1 },
      'no label "user"',
    ],
    [
      "a label value outside its list",
      { kind: "value", metric: "hma_key_changes_total", labels: { kind: "jane" }, value: 1 },
      'has no value "jane"',
    ],
    [
      "a histogram where a gauge belongs",
      { kind: "histogram", metric: "hma_exposed", labels: {}, counts: [], sum: 0 },
      "a gauge has no histogram",
    ],
  ] as readonly (readonly [string, MetricValue, string])[])("refuses %s", async (_name, value, message) => {
    await expect(renderMetrics({ scopes: ["organisation", "exporter"], values: [value] }, "text")).rejects.toThrow(
      message,
    );
  });
});
