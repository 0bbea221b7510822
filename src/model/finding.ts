import type { AppPool } from "./app-pool.ts";
import type { Category, Cause, KeyChangeKind, LoopOutcome, Protocol, RecycleReason } from "./label-values.ts";

/** The findings as `analyze --format json` and `/api/v1/incidents` print them. Instants are ISO 8601, UTC, with milliseconds. */
export interface Findings {
  readonly servers: readonly string[];
  /** First and last instant of any row read; null when nothing was read. */
  readonly from: string | null;
  readonly to: string | null;
  readonly incidents: readonly IncidentFinding[];
  readonly loops: readonly LoopFinding[];
  readonly recycles: readonly RecycleFinding[];
  readonly keyChanges: readonly KeyChangeFinding[];
  readonly accounting: readonly FileAccount[];
  /** What the logs leave open, for people; absent where nothing judged it. */
  readonly hints?: readonly HintFinding[];
}

/** Something that the logs leave open and that an administrator can change. */
export interface HintFinding {
  /** Refusals and successes by turns from one address and user agent: several clients that cannot be distinguished. */
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
  /** Its last rejection; null while it is open. */
  readonly end: string | null;
  /** Clients hit: those whose loops make up the incident. */
  readonly clients: number;
  readonly rejections: number;
  /** False: only suspected rows. */
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
  /** The row that shows it, where one is known. */
  readonly place?: RowLocation;
}

/** Where a row of a log stands. */
export interface RowLocation {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly file: string;
  /** Of the line's first byte; in the unpacked text for `.gz`. */
  readonly offset: number;
}

export const RAW_ROW_KINDS = ["recycle", "event", "first_refusal", "last_refusal"] as const;
/** What a row of an incident shows. The refusals are the first and the last of a loop. */
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
  /** Pseudonym. */
  readonly client: string;
  readonly start: string;
  /** Null while the loop is open (only the daemon has such). */
  readonly end: string | null;
  readonly rejections: number;
  /** The most frequent category of its rejections; `unknown` when none is proven. */
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

/** Every byte of a file, in one of two places: bytes = counted + skipped. */
export interface FileAccount {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly file: string;
  readonly bytes: number;
  /** Bytes of lines that were understood (rows, noise, headers). */
  readonly counted: number;
  /** Bytes of lines that were not. */
  readonly skipped: number;
  /** Rows (or events) that were understood, noise and those outside of the time asked for among them. */
  readonly rows: number;
}

/** A log that says nothing: a file of events without an event, or any other of which no line is a row. It proves nothing. */
export function isSilent({ file, rows, skipped }: FileAccount): boolean {
  return rows === 0 && (skipped > 0 || /^events\//i.test(file));
}
