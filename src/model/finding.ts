import type { AppPool } from "./app-pool.ts";
import type { Category, Cause, KeyChangeKind, LoopOutcome, Protocol, RecycleReason } from "./label-values.ts";

/** The findings as `analyze --format json` and `/api/v1/incidents` print them. Instants are ISO 8601, UTC, with milliseconds. */
export interface Findings {
  readonly servers: readonly string[];
  /** Time of the first and last row read; null when nothing was read. */
  readonly from: string | null;
  readonly to: string | null;
  readonly incidents: readonly IncidentFinding[];
  readonly loops: readonly LoopFinding[];
  readonly recycles: readonly RecycleFinding[];
  readonly keyChanges: readonly KeyChangeFinding[];
  readonly accounting: readonly FileAccount[];
  /** Hints for people about what the logs cannot show; absent when nobody looked for any. */
  readonly hints?: readonly HintFinding[];
}

/** Something that the logs cannot show and that an administrator can change. */
export interface HintFinding {
  /** Refusals and successes alternate for one address and user agent, so several clients cannot be distinguished. */
  readonly kind: "clients_not_told_apart";
  readonly server: string;
  readonly appPool: AppPool;
  readonly from: string;
  readonly to: string;
  readonly refusals: number;
  readonly text: string;
}

export interface IncidentFinding {
  readonly id: string;
  readonly server: string;
  readonly appPool: AppPool;
  readonly cause: Cause;
  /** 0 to 1; grows with independent evidence. */
  readonly confidence: number;
  readonly start: string;
  /** Time of the last rejection; null while the incident is open. */
  readonly end: string | null;
  /** Number of clients whose loops make up the incident. */
  readonly clients: number;
  readonly rejections: number;
  /** False when the incident has suspected rows only. */
  readonly proven: boolean;
  readonly evidence: readonly Evidence[];
}

/** The log or store that showed a piece of evidence. */
export const EVIDENCE_SOURCES = [
  "iis",
  "http_proxy",
  "ews",
  "mapi_http",
  "oauth_outbound",
  "http_err",
  "events",
  "workers",
  "snapshot",
  "keys",
  "probe",
  "correlation",
] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

export const EVIDENCE_KINDS = [
  "recycle",
  "rejections",
  "first_bearer",
  "recovery",
  "missing_key",
  "key_change",
  "oauth_event",
  "auth_admin_event",
  "peers",
  "clock_offset",
  "check",
  "component_state",
  "event",
  "clients",
  "probe",
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export interface Evidence {
  readonly at: string;
  readonly kind: EvidenceKind;
  readonly text: string;
  readonly source: EvidenceSource;
  /** The log row that shows it, when one is known. */
  readonly place?: RowLocation;
}

/** Position of a row in a log. */
export interface RowLocation {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly file: string;
  /** Offset of the first byte of the line; for `.gz`, in the unpacked text. */
  readonly offset: number;
}

export const RAW_ROW_KINDS = ["recycle", "event", "first_refusal", "last_refusal"] as const;
/** What a row of an incident shows. The refusals are the first and last one of a loop. */
export type RawRowKind = (typeof RAW_ROW_KINDS)[number];

/** A row that belongs to an incident. */
export interface RawRow extends RowLocation {
  readonly at: string;
  readonly what: RawRowKind;
}

export interface LoopFinding {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  /** Pseudonym of the client. */
  readonly client: string;
  readonly start: string;
  /** Null while the loop is open, which only the daemon reports. */
  readonly end: string | null;
  readonly rejections: number;
  /** The most frequent category of its rejections; `unknown` when no log shows one. */
  readonly category: Category;
  readonly outcome: LoopOutcome | null;
}

export interface RecycleFinding {
  readonly server: string;
  readonly appPool: AppPool;
  readonly at: string;
  readonly reason: RecycleReason;
}

export interface KeyChangeFinding {
  readonly kind: KeyChangeKind;
  readonly at: string;
}

/** Accounts for every byte of a file: bytes = counted + skipped. */
export interface FileAccount {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly file: string;
  readonly bytes: number;
  /** Bytes of lines that were parsed (rows, noise, headers). */
  readonly counted: number;
  /** Bytes of lines that could not be parsed. */
  readonly skipped: number;
  /** Number of rows (or events) parsed, including noise and those outside the requested time. */
  readonly rows: number;
}

/**
 * True for a log without content: an event file without events, or a log without a single readable row. It proves
 * nothing.
 */
export function isSilent({ file, rows, skipped }: FileAccount): boolean {
  return rows === 0 && (skipped > 0 || /^events\//i.test(file));
}
