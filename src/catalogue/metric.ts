import type { CollectorName, MetricGroup } from "./switches.ts";

/** Declaration of a metric. Each metric is declared once, in this folder; all other code uses it by name. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** What the number means, its unit, and when it is missing. */
  readonly help: string;
  /**
   * The closed set of values of each label. An empty list marks a set that depends on the installation (checks,
   * collectors, objects).
   */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /**
   * Its series appear only once they have a value, because 0 would be a false claim. Without this, every combination of
   * closed labels is 0 from the first scrape.
   */
  readonly absentUntilKnown?: true;
  /** Upper bounds of a histogram's buckets, in the metric's unit, without +Inf. */
  readonly buckets?: readonly number[];
  /**
   * `server`: on the page of a server. `exporter`: on the page of the daemon. `organisation`: on the daemon's page in
   * central mode, on the server's page when the exporter runs on an Exchange server.
   */
  readonly scope: "server" | "exporter" | "organisation";
  /** The group with which the configuration can remove it from the pages; absent when it is always there. */
  readonly group?: MetricGroup;
  /** It has no value unless one of these collectors runs or another of its sources is configured. */
  readonly collectors?: readonly CollectorName[];
}
