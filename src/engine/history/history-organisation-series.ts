import type { Labels } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import type { Step } from "./history-gauges.ts";
import { organisationHistory, type DatedUpdate } from "./history-organisation.ts";
import { NOTHING_KNOWN, organisationMetrics, type OrganisationState } from "../organisation-state.ts";

/** A series of the organisation; see `HistorySeries`. */
export interface OrganisationSeries {
  readonly metric: string;
  readonly labels: Labels;
  /** Value before the first step; NaN: no value. */
  readonly initial: number;
  readonly steps: readonly Step[];
}

/** Interval of evaluating one snapshot again, ms: certificates expire and keys age without an update. */
const JUDGE_EVERY_MS = 3_600_000;

const ABSENT = new Set<string>(
  METRICS.filter((metric: Metric) => metric.absentUntilKnown === true).map((metric) => metric.name),
);

/** The organisation's metrics as the daemon would have shown them: after each update, and every hour in between. */
export function organisationSeries(news: readonly DatedUpdate[], fromMs: number, toMs: number): OrganisationSeries[] {
  const series = new Map<string, { readonly value: MetricValue; readonly steps: Step[] }>();
  const note = (atMs: number, state: OrganisationState): void => {
    const seen = new Set<string>();
    for (const value of organisationMetrics(state, atMs)) {
      if (value.kind !== "value") continue;
      const key = [value.metric, ...Object.values(value.labels)].join("\u0001");
      seen.add(key);
      const known = series.get(key) ?? { value, steps: [] };
      series.set(key, known);
      if (known.steps.at(-1)?.value !== value.value) known.steps.push({ atMs, value: value.value });
    }
    for (const [key, { steps }] of series)
      if (!seen.has(key) && !Number.isNaN(steps.at(-1)?.value ?? 0)) steps.push({ atMs, value: Number.NaN });
  };
  // Counters are 0 before anything is known.
  note(0, NOTHING_KNOWN);
  const usable = news.filter((one) => one.atMs <= toMs);
  let last: { atMs: number; state: OrganisationState } | null = null;
  const between = (untilMs: number): void => {
    if (last === null || last.state.snapshot === null) return;
    for (let atMs = Math.max(last.atMs + JUDGE_EVERY_MS, fromMs); atMs < untilMs; atMs += JUDGE_EVERY_MS)
      note(atMs, last.state);
  };
  organisationHistory(usable, (atMs, state) => {
    between(atMs);
    // Several updates of the same time give several steps: only the last one is ever sampled.
    note(atMs, state);
    last = { atMs, state };
  });
  between(toMs);
  return [...series.values()].map(({ value, steps }) => ({
    metric: value.metric,
    labels: value.labels,
    initial: ABSENT.has(value.metric) ? Number.NaN : 0,
    steps,
  }));
}
