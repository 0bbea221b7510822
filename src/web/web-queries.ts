import type { CheckResult } from "../checks/evaluate-checks.ts";
import type { Findings, RawRow } from "../model/finding.ts";
import type { LogFormat, Protocol } from "../model/label-values.ts";
import type { MetricValue } from "../model/metric-value.ts";

/** The web server's queries to the daemon. They are answered from memory, and called for each request. */
export interface WebQueries {
  /** Names of the watched Exchange servers, in display order. */
  readonly serverNames: () => readonly string[];
  /** Values of the catalogue's metrics of scope `server`. Called with a name of `serverNames()`. */
  readonly metricsOf: (server: string) => Iterable<MetricValue>;
  /** Values of the catalogue's metrics of the scopes `exporter` and `organisation`. */
  readonly exporterMetrics: () => Iterable<MetricValue>;
  readonly findings: () => Findings;
  /** Changes when the content of the pages may have changed. Each page is rendered once per value. */
  readonly revision: () => number;
  /** Positions of the rows that are evidence for an incident; empty for an unknown incident. */
  readonly rawRows: (incidentId: string) => readonly RawRow[];
  /** The current configuration as YAML, without secrets. */
  readonly configuration: () => string;
  /** Removes addresses, accounts and tokens from a text that came from outside. */
  readonly redact: (text: string) => string;
  readonly status: () => WebStatus;
  /** A sentence for people why there is no server. */
  readonly whyNoServers: () => string;
  /** Not good if the daemon can no longer do its work. */
  readonly health: () => ProbeAnswer;
  /** Good when the logs that existed at the start have been read, and while there are logs. */
  readonly readiness: () => ProbeAnswer;
  /** Reloads the configuration. */
  readonly reload: () => Promise<ReloadResult>;
  /** Whether the server would accept Bearer tokens for the protocol now. */
  readonly gate: (server: string, protocol: Protocol) => GateVerdict;
  /** Probes a configured server now; refuses any other. Never rejects, and resolves within `budgetMs`. */
  readonly probe: (request: ProbeCall) => Promise<ProbeReply>;
  /** Called with every error of a request. The answer only says "Internal error". */
  readonly onError: (error: unknown) => void;
}

/** `because` is for the operator. */
export type ProbeAnswer = { readonly isGood: true } | { readonly isGood: false; readonly because: string };

export interface ProbeCall {
  readonly target: string;
  readonly module: "challenge" | "token";
  readonly budgetMs: number;
}

/** `why` tells the sender what is wrong with the request. */
export type ProbeReply =
  | { readonly kind: "values"; readonly values: readonly MetricValue[] }
  | { readonly kind: "refused"; readonly why: string };

/** `applied`: changed configuration keys that are in use now. `waiting`: changed keys that need a restart. */
export type ReloadResult =
  | { readonly ok: true; readonly applied: readonly string[]; readonly waiting: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** `because` is for the operator, from fixed words; it contains no text from a client. */
export interface GateVerdict {
  readonly accepts: boolean;
  readonly because: string;
}

/** Content of the status page. Times are ISO 8601, UTC. */
export interface WebStatus {
  readonly version: string;
  readonly now: string;
  readonly startedAt: string;
  /** A sentence with the folders in which logs are expected, and their structure. */
  readonly watched: string;
  readonly servers: readonly ServerStatus[];
  readonly exposure: ExposureStatus;
  /** Last results of the probe, one per server, protocol and kind; null if no probe is configured. */
  readonly probe: readonly ProbeRow[] | null;
  /** Null before the first snapshot. */
  readonly compliance: ComplianceStatus | null;
  /** Current limitations of the exporter, one sentence each. */
  readonly notices: readonly string[];
}

/** The last result of one probe. Times are ISO 8601. It contains no text of an answer. */
export interface ProbeRow {
  readonly server: string;
  readonly protocol: Protocol;
  readonly probe: "challenge" | "token";
  readonly verdict: string;
  /** Whether the result is that of a healthy server. */
  readonly isGood: boolean;
  readonly why: string;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  readonly at: string;
  /** Time since which the verdict is the same. */
  readonly since: string;
  /** Whether AD holds the key of the token that was sent; null if none was sent. */
  readonly tokenKey: "held" | "missing" | "not known" | null;
  /** The last failed result, unless it is this one. */
  readonly lastFailure: { readonly verdict: string; readonly why: string; readonly at: string } | null;
}

export interface ServerStatus {
  readonly name: string;
  readonly sources: readonly SourceStatus[];
}

/** One log format of one server. */
export interface SourceStatus {
  readonly format: LogFormat;
  readonly files: number;
  /** Time of the newest row; null before the first. */
  readonly lastEventAt: string | null;
  /** Time from the newest row's own time to its reading; null before the first row. */
  readonly lagSeconds: number | null;
  readonly unreadableLines: number;
}

export type ExposureStatus =
  | { readonly kind: "exposed"; readonly missingKeys: number; readonly since: string | null }
  | { readonly kind: "safe" }
  | { readonly kind: "unknown"; readonly because: string };

export interface ComplianceStatus {
  /** Time of the snapshot; null if there is none and the results come only from the probe. */
  readonly at: string | null;
  readonly results: readonly CheckResult[];
}
