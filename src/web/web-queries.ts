import type { CheckResult } from "../checks/evaluate-checks.ts";
import type { Findings, RawRow } from "../model/finding.ts";
import type { LogFormat, Protocol } from "../model/label-values.ts";
import type { MetricValue } from "../model/metric-value.ts";

/** What the web server asks of the daemon. The functions answer from memory and are called for each request. */
export interface WebQueries {
  /** Names of the Exchange servers watched, in the order to show them. */
  readonly serverNames: () => readonly string[];
  /** Values of the catalogue's metrics of scope `server`. Called with a name of `serverNames()`. */
  readonly metricsOf: (server: string) => Iterable<MetricValue>;
  /** Values of the catalogue's metrics of the scopes `exporter` and `organisation`. */
  readonly exporterMetrics: () => Iterable<MetricValue>;
  readonly findings: () => Findings;
  /** Changes whenever what the pages show may have changed; a page is rendered once for each. */
  readonly revision: () => number;
  /** Where the rows stand that belong to an incident; none when it is not known. */
  readonly rawRows: (incidentId: string) => readonly RawRow[];
  /** The configuration in force as YAML, without secrets. */
  readonly configuration: () => string;
  /** Takes addresses, accounts and tokens out of a text that came from outside. */
  readonly redact: (text: string) => string;
  readonly status: () => WebStatus;
  /** What is the case when there is no server, for people. */
  readonly whyNoServers: () => string;
  /** Not good when the daemon cannot do its work any more. */
  readonly health: () => ProbeAnswer;
  /** Good once the logs that were there at the start have been read, and while there are any. */
  readonly readiness: () => ProbeAnswer;
  /** Reads the configuration again. */
  readonly reload: () => Promise<ReloadResult>;
  /** Whether the server would accept Bearer tokens for the protocol now. */
  readonly gate: (server: string, protocol: Protocol) => GateVerdict;
  /** Asks a configured server now, and refuses any other. Never rejects, and resolves within `budgetMs`. */
  readonly probe: (request: ProbeCall) => Promise<ProbeReply>;
  /** Called with every error that a request met; the answer says no more than "Internal error". */
  readonly onError: (error: unknown) => void;
}

/** `because` is for the operator. */
export type ProbeAnswer = { readonly isGood: true } | { readonly isGood: false; readonly because: string };

export interface ProbeCall {
  readonly target: string;
  readonly module: "challenge" | "token";
  readonly budgetMs: number;
}

/** `why` a call is wrong is for its sender. */
export type ProbeReply =
  | { readonly kind: "values"; readonly values: readonly MetricValue[] }
  | { readonly kind: "refused"; readonly why: string };

/** `applied` and `waiting`: keys of the configuration that have changed, in force by now and from the next start on. */
export type ReloadResult =
  | { readonly ok: true; readonly applied: readonly string[]; readonly waiting: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** `because` is for the operator: fixed words, never of a client. */
export interface GateVerdict {
  readonly accepts: boolean;
  readonly because: string;
}

/** What the status page shows. Instants are ISO 8601, UTC. */
export interface WebStatus {
  readonly version: string;
  readonly now: string;
  readonly startedAt: string;
  /** Where logs are looked for, and in what shape, a sentence. */
  readonly watched: string;
  readonly servers: readonly ServerStatus[];
  readonly exposure: ExposureStatus;
  /** Last results of the probe, one for each server, protocol and kind; null where none is configured. */
  readonly probe: readonly ProbeRow[] | null;
  /** Null while no snapshot has been seen. */
  readonly compliance: ComplianceStatus | null;
  /** What the exporter cannot do or see at present, a sentence each. */
  readonly notices: readonly string[];
}

/** One last result of the probe. Instants are ISO 8601; no text of an answer is in it. */
export interface ProbeRow {
  readonly server: string;
  readonly protocol: Protocol;
  readonly probe: "challenge" | "token";
  readonly verdict: string;
  /** It is what a healthy server gives. */
  readonly isGood: boolean;
  readonly why: string;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  readonly at: string;
  /** Since when the verdict is the same. */
  readonly since: string;
  /** Whether AD holds the key of the token that was sent; null where none was. */
  readonly tokenKey: "held" | "missing" | "not known" | null;
  /** The last result that was not good, unless it is this one. */
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
  /** From the newest row's own time to when it was read; null before the first. */
  readonly lagSeconds: number | null;
  readonly unreadableLines: number;
}

export type ExposureStatus =
  | { readonly kind: "exposed"; readonly missingKeys: number; readonly since: string | null }
  | { readonly kind: "safe" }
  | { readonly kind: "unknown"; readonly because: string };

export interface ComplianceStatus {
  /** When the snapshot was taken; null where there is none and the probe alone tells. */
  readonly at: string | null;
  readonly results: readonly CheckResult[];
}
