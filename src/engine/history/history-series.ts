import { possibleSeries, type Labels } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { Engine } from "../create-engine.ts";
import { gaugeSteps, type GaugeSteps } from "./history-gauge-steps.ts";
import type { Step } from "./history-gauges.ts";
import type { CountedSeries, ObservedSeries } from "./history-journal.ts";
import type { DatedUpdate } from "./history-organisation.ts";
import { organisationSeries, type OrganisationSeries } from "./history-organisation-series.ts";
import type { HistoryRecorder } from "./history-recorder.ts";

/** One series over the whole history. */
export interface HistorySeries {
  /** Name of the metric in the catalogue. */
  readonly metric: string;
  /** Name of its samples: the metric's name; for histograms with `_bucket`, `_sum` or `_count`. */
  readonly sample: string;
  /** Name of the server; null for a series of the organisation. */
  readonly server: string | null;
  readonly labels: Labels;
  /** Value before the first step; NaN: no value. */
  readonly initial: number;
  /** In order of time. */
  readonly steps: () => Iterable<Step>;
}

/** All series over the time range of the logs. */
export interface History {
  /** First and last time of the history, Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Resolution of the counters, ms. */
  readonly resolutionMs: number;
  readonly servers: readonly string[];
  readonly series: readonly HistorySeries[];
}

export interface HistorySources {
  readonly engine: Engine;
  readonly recorder: HistoryRecorder;
  readonly news: readonly DatedUpdate[];
}

/** The metrics over the time range of the logs; null when no row was read. */
export function historyOf(sources: HistorySources): History | null {
  const { engine, recorder } = sources;
  const fromMs = Math.min(...engine.servers.map((server) => server.firstEventMs));
  const lastMs = Math.max(...engine.servers.map((server) => server.lastEventMs));
  if (!Number.isFinite(fromMs) || !Number.isFinite(lastMs)) return null;
  const gauges = gaugeSteps(sources);
  const toMs = gauges.reduce((latest, gauge) => Math.max(latest, gauge.steps.at(-1)?.atMs ?? 0), lastMs);
  const servers = engine.servers.map((server) => server.name).sort();
  const resolutionMs = recorder.journal.stepMs;
  return {
    fromMs,
    toMs,
    resolutionMs,
    servers,
    series: [
      ...serverSeries(sources, servers, gauges),
      ...organisationSeries(sources.news, fromMs, toMs).map(ofOrganisation),
    ],
  };
}

function ofOrganisation({ metric, labels, initial, steps }: OrganisationSeries): HistorySeries {
  return { metric, sample: metric, server: null, labels, initial, steps: () => steps };
}

/** The metrics of a server that history contains, by type. */
const COUNTERS = [
  "hma_requests_total",
  "hma_bearer_rejections_total",
  "hma_bearer_errors_total",
  "hma_bearer_loops_total",
  "hma_stranger_loop_seconds_total",
  "hma_incidents_total",
  "hma_app_pool_recycles_total",
];
const HISTOGRAMS = ["hma_bearer_loop_duration_seconds", "hma_incident_duration_seconds"];
const GAUGES = [
  "hma_bearer_loops_open",
  "hma_incident_open",
  "hma_incident_clients",
  "hma_incident_proven",
  "hma_incident_start_timestamp_seconds",
  "hma_incident_expected_end_timestamp_seconds",
  "hma_app_pool_worker_start_timestamp_seconds",
  "hma_app_pool_first_bearer_timestamp_seconds",
];

const DECLARED = new Map<string, Metric>(METRICS.map((metric) => [metric.name, metric]));

/** Value for a label without any value in the logs, so that a query returns 0 instead of no data. */
const STAND_IN: Readonly<Record<string, string>> = {
  app_pool: "MSExchangeServicesAppPool",
  protocol: "ews",
  category: "invalid_signature",
  cause: "unexplained",
  reason: "unknown",
};
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  outcome: ["recovered", "unresolved"],
  scheme: ["bearer"],
  result: ["success", "challenge", "rejected", "error"],
};

/**
 * The series of the servers. All servers have the same label sets: those seen on any server, and at least one per metric. Label sets seen
 * nowhere are left out: they would be 0 all the time.
 */
function serverSeries(
  { recorder }: HistorySources,
  servers: readonly string[],
  gauges: readonly GaugeSteps[],
): HistorySeries[] {
  const counted = new Map(recorder.journal.counted().map((one) => [keyOf(one.metric, one.server, one.labels), one]));
  const observed = new Map(recorder.journal.observed().map((one) => [keyOf(one.metric, one.server, one.labels), one]));
  const gauged = new Map(gauges.map((one) => [keyOf(one.metric, one.server, Object.values(one.labels)), one]));
  const seen = seenValues(counted.values(), observed.values(), gauges);
  const touched = new Set(
    [...counted.values(), ...observed.values()].map(({ metric, labels }) => keyOf(metric, "", labels)),
  );
  for (const { metric, labels } of gauges) touched.add(keyOf(metric, "", Object.values(labels)));
  const sets = (name: string): readonly Labels[] => setsOf(restricted(DECLARED.get(name), seen), touched);
  const series: HistorySeries[] = [];
  for (const server of servers) {
    for (const metric of COUNTERS)
      for (const labels of sets(metric))
        series.push(
          counterSeries(
            { metric, server, labels },
            counted.get(keyOf(metric, server, Object.values(labels))),
            recorder.journal.stepMs,
          ),
        );
    for (const metric of HISTOGRAMS)
      for (const labels of sets(metric))
        series.push(
          ...histogramSeries({ metric, server, labels }, observed.get(keyOf(metric, server, Object.values(labels)))),
        );
    for (const metric of GAUGES) {
      for (const labels of sets(metric)) {
        const known = gauged.get(keyOf(metric, server, Object.values(labels)));
        const isAbsent = DECLARED.get(metric)?.absentUntilKnown === true;
        if (known !== undefined || !isAbsent)
          series.push({
            metric,
            sample: metric,
            server,
            labels,
            initial: isAbsent ? Number.NaN : 0,
            steps: () => known?.steps ?? [],
          });
      }
    }
  }
  return series;
}

function setsOf(metric: Metric, touched: ReadonlySet<string>): readonly Labels[] {
  const possible = possibleSeries(metric);
  // Dashboards compute the share of refused tokens from all results of the Bearer scheme.
  const found = possible.filter(
    (labels) => touched.has(keyOf(metric.name, "", Object.values(labels))) || labels["scheme"] === "bearer",
  );
  return found.length > 0 ? found : possible.slice(0, 1);
}

function keyOf(metric: string, server: string, labels: readonly string[]): string {
  return [metric, server, ...labels].join("\u0001");
}

function seenValues(
  counted: Iterable<CountedSeries>,
  observed: Iterable<ObservedSeries>,
  gauges: readonly GaugeSteps[],
): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>(Object.entries(ALWAYS).map(([label, values]) => [label, new Set(values)]));
  const note = (label: string, value: string): void => {
    const values = seen.get(label) ?? new Set<string>();
    seen.set(label, values.add(value));
  };
  for (const { metric, labels } of [...counted, ...observed]) {
    for (const [index, label] of Object.keys(DECLARED.get(metric)?.labels ?? {}).entries())
      note(label, labels[index] ?? "");
  }
  for (const { labels } of gauges) for (const [label, value] of Object.entries(labels)) note(label, value);
  for (const [label, value] of Object.entries(STAND_IN)) if (!seen.has(label)) note(label, value);
  return seen;
}

function restricted(metric: Metric | undefined, seen: ReadonlyMap<string, ReadonlySet<string>>): Metric {
  if (metric === undefined) throw new Error("Cannot tell the history of a metric: the catalogue does not declare it");
  const labels = Object.fromEntries(
    Object.entries(metric.labels).map(([label, values]) => [
      label,
      values.filter((value) => seen.get(label)?.has(value) === true),
    ]),
  );
  return { ...metric, labels };
}

type SeriesName = Pick<HistorySeries, "metric" | "server" | "labels">;

function counterSeries(
  { metric, server, labels }: SeriesName,
  counted: CountedSeries | undefined,
  stepMs: number,
): HistorySeries {
  return {
    metric,
    sample: metric,
    server,
    labels,
    initial: 0,
    *steps() {
      if (counted === undefined) return;
      const { steps, sums } = counted.counts.steps();
      let total = 0;
      for (const [index, step] of steps.entries()) {
        total += sums[index] ?? 0;
        yield { atMs: step * stepMs, value: total };
      }
    },
  };
}

function histogramSeries(
  { metric, server, labels }: SeriesName,
  observed: ObservedSeries | undefined,
): HistorySeries[] {
  const bounds = DECLARED.get(metric)?.buckets ?? [];
  const cumulative = (amount: (value: number) => number) =>
    function* (): Iterable<Step> {
      const pairs: { atMs: number; value: number }[] = [];
      for (let index = 0; index + 1 < (observed?.observations.length ?? 0); index += 2)
        pairs.push({ atMs: observed?.observations[index] ?? 0, value: observed?.observations[index + 1] ?? 0 });
      pairs.sort((a, b) => a.atMs - b.atMs);
      let total = 0;
      for (const { atMs, value } of pairs) {
        const by = amount(value);
        total += by;
        if (by !== 0) yield { atMs, value: total };
      }
    };
  const one = (suffix: string, more: Labels, amount: (value: number) => number): HistorySeries => ({
    metric,
    sample: `${metric}_${suffix}`,
    server,
    labels: { ...labels, ...more },
    initial: 0,
    steps: cumulative(amount),
  });
  return [
    ...bounds.map((bound) => one("bucket", { le: bucketText(bound) }, (value) => (value <= bound ? 1 : 0))),
    one("bucket", { le: "+Inf" }, () => 1),
    one("sum", {}, (value) => value),
    one("count", {}, () => 1),
  ];
}

/** OpenMetrics writes bounds as floats. */
function bucketText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
