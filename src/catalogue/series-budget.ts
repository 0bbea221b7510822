import { initialSeries, possibleSeries } from "./initial-series.ts";
import type { Metric } from "./metric.ts";

/** How many series a page holds. */
export interface SeriesBudget {
  /** From the first scrape. */
  readonly initial: number;
  /** Never more than this, metrics with an open label left out. */
  readonly most: number;
}

/** Series of the metrics, each bucket of a histogram being one. */
export function seriesBudget(metrics: readonly Metric[]): SeriesBudget {
  let initial = 0;
  let most = 0;
  for (const metric of metrics) {
    initial += initialSeries(metric).length * seriesPerLabelSet(metric);
    most += possibleSeries(metric).length * seriesPerLabelSet(metric);
  }
  return { initial, most };
}

/** One, and for a histogram its buckets with +Inf, its sum and its count. */
export function seriesPerLabelSet(metric: Metric): number {
  return metric.type === "histogram" ? (metric.buckets ?? []).length + 3 : 1;
}
