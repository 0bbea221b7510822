import { initialSeries, possibleSeries } from "./initial-series.ts";
import type { Metric } from "./metric.ts";

/** Number of series on a page. */
export interface SeriesBudget {
  /** At the first scrape. */
  readonly initial: number;
  /** Upper limit, without metrics that have an open label. */
  readonly most: number;
}

/** Counts the series of the metrics. Each bucket of a histogram is one series. */
export function seriesBudget(metrics: readonly Metric[]): SeriesBudget {
  let initial = 0;
  let most = 0;
  for (const metric of metrics) {
    initial += initialSeries(metric).length * seriesPerLabelSet(metric);
    most += possibleSeries(metric).length * seriesPerLabelSet(metric);
  }
  return { initial, most };
}

/** Number of series of one label set: 1, or the buckets with +Inf, the sum and the count of a histogram. */
export function seriesPerLabelSet(metric: Metric): number {
  return metric.type === "histogram" ? (metric.buckets ?? []).length + 3 : 1;
}
