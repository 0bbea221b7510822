import type { ExchangeBuilds } from "../model/snapshot/exchange-build.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import type { PublishedKeys } from "../model/snapshot/signing-keys.ts";
import type { LogGap } from "../model/log-gap.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

export const SEVERITIES = ["critical", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly found: string; readonly wanted: string }
  | { readonly kind: "unknown"; readonly because: string };

/** The verdict on one object: the organisation, a server, an auth server, a virtual directory. */
export interface ObjectVerdict {
  readonly object: string;
  readonly verdict: Verdict;
  /** Set when it differs from the check's own severity. */
  readonly severity?: Severity;
  /** Commands for this object, when they differ from the check's own. */
  readonly remedy?: string;
}

/** Inputs of a verdict apart from the snapshot. */
export interface CheckContext {
  /** Time of evaluation, Unix milliseconds. Expiry is measured against it. */
  readonly nowMs: number;
  readonly builds: ExchangeBuilds;
  /**
   * Keys that the exporter fetched itself; the newer of these and the snapshot's keys are used. Null: it fetched none.
   */
  readonly publishedKeys: readonly PublishedKeys[] | null;
  /** Columns that are missing from the servers' logs, as found in the logs read. */
  readonly logGaps: readonly LogGap[];
  /** When the last roll-over of the signing keys was first seen, Unix milliseconds; null when none was seen. */
  readonly rolledOverAtMs: number | null;
  /** What a probe of the servers proved; empty without a probe. */
  readonly proofs: readonly ProbeProof[];
}

/** One compliance check. One file of this folder each. */
export interface Check {
  /** Label value, `auth_admin_read_session`. Stable: alerts and dashboards use it. */
  readonly id: string;
  /** What is true when the check passes. */
  readonly title: string;
  /** What goes wrong when it fails, and how to recognise it. */
  readonly why: string;
  /**
   * Lines of PowerShell to run in order, with notes as comments (`catalogue/commands.ts`). Replace the names in angle
   * brackets.
   */
  readonly remedy: string;
  readonly severity: Severity;
  /** When the severity of an object differs; absent when it never does. */
  readonly severityNote?: string;
  /**
   * Pure. Never throws, and returns at least one verdict whatever the snapshot contains. Parts that were not collected
   * are `unknown`.
   */
  readonly evaluate: (snapshot: Snapshot, context: CheckContext) => readonly ObjectVerdict[];
}

/** Object of checks on something that exists once in an organisation. */
export const ORGANISATION = "organisation";

export function pass(object: string): ObjectVerdict {
  return { object, verdict: { kind: "pass" } };
}

/** Severity and remedy of a failing object, when they differ from the check's own. */
export interface FailExtras {
  readonly severity?: Severity;
  readonly remedy?: string;
}

/** What the setting is, and what it should be. */
export interface Difference {
  readonly found: string;
  readonly wanted: string;
}

export function fail(object: string, difference: Difference, extras: FailExtras = {}): ObjectVerdict {
  return { object, verdict: { kind: "fail", found: difference.found, wanted: difference.wanted }, ...extras };
}

export function unknown(object: string, because: string): ObjectVerdict {
  return { object, verdict: { kind: "unknown", because } };
}

/**
 * Reason for an `unknown` verdict when the snapshot lacks a part. `source` is the cmdlet or source of the part. The
 * collector's error text is not repeated, because it may contain names of people.
 */
export function notCollected(snapshot: Snapshot, part: string, source: string): string {
  const hasError = snapshot.errors.some((error) => error.part.toLowerCase() === part.toLowerCase());
  return hasError ? `${source} failed when the snapshot was collected` : `${source} is not in the snapshot`;
}

/** `True` or `False` as PowerShell writes them; "not known" for null. */
export function flagText(flag: boolean | null): string {
  return flag === null ? "not known" : flag ? "True" : "False";
}

/** At most `limit` items as text, plus the number of the rest. */
export function listed(items: readonly string[], limit = 8): string {
  if (items.length === 0) return "(none)";
  const rest = items.length - limit;
  return rest > 0 ? `${items.slice(0, limit).join(", ")} and ${rest} more` : items.join(", ");
}
