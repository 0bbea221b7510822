/** A value of a metric at one point in time, before it is written on a page. */
export type MetricValue =
  | {
      readonly kind: "value";
      readonly metric: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number;
    }
  | {
      readonly kind: "histogram";
      readonly metric: string;
      readonly labels: Readonly<Record<string, string>>;
      /** Observations per bucket of the metric's `buckets`, not cumulative; the last entry is +Inf. */
      readonly counts: readonly number[];
      readonly sum: number;
    };
