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
  /** Where it differs from the check's own. */
  readonly severity?: Severity;
  /** The command for this object, where it differs from the check's own. */
  readonly remedy?: string;
}

/** What a verdict depends on beside the snapshot. */
export interface CheckContext {
  /** The instant of judging, Unix milliseconds: expiries are measured against it. */
  readonly nowMs: number;
  readonly builds: ExchangeBuilds;
  /** Keys that this program fetched itself; of these and the snapshot's own, the newer hold. Null: it fetched none. */
  readonly publishedKeys: readonly PublishedKeys[] | null;
  /** Columns that the servers' logs do not write, as the logs that were read show. */
  readonly logGaps: readonly LogGap[];
  /** When the last roll-over of the signing keys was first seen, Unix milliseconds; null: none has been seen. */
  readonly rolledOverAtMs: number | null;
  /** What a probe of the servers proved from outside; none without a probe. */
  readonly proofs: readonly ProbeProof[];
}

/** One compliance check. One file of this folder each. */
export interface Check {
  /** Label value, `auth_admin_read_session`. Stable: alerts and dashboards use it. */
  readonly id: string;
  /** What holds when it passes. */
  readonly title: string;
  /** What goes wrong when it fails, and how one can tell. */
  readonly why: string;
  /** Lines of PowerShell to paste in order, notes as comments (`catalogue/commands.ts`). Names in angle brackets are to be replaced. */
  readonly remedy: string;
  readonly severity: Severity;
  /** When an object's severity differs; absent when it never does. */
  readonly severityNote?: string;
  /** Pure and total: at least one verdict whatever the snapshot holds; what was not collected is `unknown`. */
  readonly evaluate: (snapshot: Snapshot, context: CheckContext) => readonly ObjectVerdict[];
}

/** The object of checks on what exists once in an organisation. */
export const ORGANISATION = "organisation";

export function pass(object: string): ObjectVerdict {
  return { object, verdict: { kind: "pass" } };
}

/** How a failing object differs from its check's own severity and remedy. */
export interface FailExtras {
  readonly severity?: Severity;
  readonly remedy?: string;
}

/** Found and wanted: what the setting is, and what it should be. */
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
 * Reason for a part that the snapshot lacks. `source` is the cmdlet or place it comes from. The collector's own words are not repeated:
 * they may name people.
 */
export function notCollected(snapshot: Snapshot, part: string, source: string): string {
  const hasError = snapshot.errors.some((error) => error.part.toLowerCase() === part.toLowerCase());
  return hasError ? `${source} failed when the snapshot was collected` : `${source} is not in the snapshot`;
}

/** `True`, `False` as PowerShell writes them. */
export function flagText(flag: boolean | null): string {
  return flag === null ? "not known" : flag ? "True" : "False";
}

/** At most `limit` of the items, and how many more there are. */
export function listed(items: readonly string[], limit = 8): string {
  if (items.length === 0) return "(none)";
  const rest = items.length - limit;
  return rest > 0 ? `${items.slice(0, limit).join(", ")} and ${rest} more` : items.join(", ");
}
