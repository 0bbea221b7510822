import type { MetricGroup } from "../catalogue/switches.ts";
import { NO_EXTERNAL_ADDRESS, type ExternalAddress } from "./door/external-address.ts";

export interface WebOptions {
  /** `server`: `/metrics` is the exporter and its one server. `central`: `/metrics` is the exporter, each server has its own page. */
  readonly mode: "server" | "central";
  /** Path of the metrics; `/metrics` unless configured. */
  readonly telemetryPath: string;
  /** Scrapes, and pages, answered at once; the next one gets 503. */
  readonly maxConcurrentRequests: number;
  /** Where the runbooks stand, without the final slash; null when there is no such place. */
  readonly runbookUrl: string | null;
  readonly external: ExternalAddress;
  /** Names by which browsers may ask for this machine, besides its own. */
  readonly hosts: readonly string[];
  /** Groups of metrics that no metrics page shows. */
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
