import type { CollectorName, MetricGroup } from "./switches.ts";

/** How a metric is declared. Each is declared once, in this folder; everybody else looks it up by name. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** What the number means, its unit, and when it is missing. */
  readonly help: string;
  /** Label name to its closed set of values; an empty list marks a set bounded by what is installed (checks, collectors, objects). */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /**
   * Its series appear once there is a value, because 0 would claim what is not known. Without it, every label set of closed
   * labels stands at 0 from the first scrape.
   */
  readonly absentUntilKnown?: true;
  /** Upper bounds of a histogram's buckets, in the metric's unit, without +Inf. */
  readonly buckets?: readonly number[];
  /**
   * `server`: stands on a server's page. `exporter`: on the page of the daemon itself. `organisation`: on the daemon's page in central
   * mode, on the server's page beside Exchange.
   */
  readonly scope: "server" | "exporter" | "organisation";
  /** The group by which the configuration takes it off the pages; without one it is always there. */
  readonly group?: MetricGroup;
  /** Collectors without any of which it has no value, where none of their other sources is configured. */
  readonly collectors?: readonly CollectorName[];
}
