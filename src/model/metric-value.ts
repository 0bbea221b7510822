/** A value of a metric at one instant, as the floors below exposition hand it up. */
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
      /** Observations per bucket of the catalogue's `buckets`, not cumulated; one more at the end for +Inf. */
      readonly counts: readonly number[];
      readonly sum: number;
    };
