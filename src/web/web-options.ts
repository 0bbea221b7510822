import type { MetricGroup } from "../catalogue/switches.ts";
import { NO_EXTERNAL_ADDRESS, type ExternalAddress } from "./door/external-address.ts";

export interface WebOptions {
  /** `server`: `/metrics` has the exporter and its one server. `central`: `/metrics` has the exporter, and each server has its own page. */
  readonly mode: "server" | "central";
  /** Path of the metrics. Default: `/metrics`. */
  readonly telemetryPath: string;
  /** Maximum number of scrapes, and of pages, answered at the same time; further requests get 503. */
  readonly maxConcurrentRequests: number;
  /** Base URL of the runbooks without the final slash; null if there is none. */
  readonly runbookUrl: string | null;
  readonly external: ExternalAddress;
  /** Host names that browsers may use for this machine, in addition to its own names. */
  readonly hosts: readonly string[];
  /** Metric groups that are left out of all metrics pages. */
  readonly disabledMetrics: readonly MetricGroup[];
}

export const DEFAULT_WEB_OPTIONS: WebOptions = {
  mode: "server",
  telemetryPath: "/metrics",
  maxConcurrentRequests: 40,
  runbookUrl: null,
  external: NO_EXTERNAL_ADDRESS,
  hosts: [],
  disabledMetrics: [],
};
