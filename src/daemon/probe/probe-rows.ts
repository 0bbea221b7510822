import type { Organisation } from "../../collectors/organisation-watch.ts";
import { publishedNow } from "../../detectors/token-keys.ts";
import { isGood, type ProbeOutcome } from "../../model/probe/probe.ts";
import { trustedKeys } from "../../model/snapshot/snapshot-facts.ts";
import { tokenKeyState, type KnownKeys } from "../../model/snapshot/token-key.ts";
import type { ProbeBook } from "../../probe/probe-book.ts";
import { whyText } from "../../report/probe-report.ts";
import type { ProbeRow } from "../../web/web-queries.ts";

/** The last results in the order in which servers and protocols are probed, for the pages. */
export function probeRows(book: ProbeBook, keys: KnownKeys): readonly ProbeRow[] {
  return [...book.values()].map(({ last, lastFailure, sinceMs }) => ({
    server: last.server,
    protocol: last.protocol,
    probe: last.probe,
    verdict: last.verdict,
    isGood: isGood(last),
    why: whyText(last),
    status: last.status,
    at: iso(last.atMs),
    since: iso(sinceMs),
    tokenKey: last.probe === "token" && last.keyId !== null ? (tokenKeyState(last.keyId, keys) ?? "not known") : null,
    lastFailure: lastFailure === null || lastFailure === last ? null : failureOf(lastFailure),
  }));
}

/** Published and trusted signing keys, as far as the daemon knows them. */
export function keysOf(organisation: Pick<Organisation, "state">): KnownKeys {
  const state = organisation.state();
  return {
    published: publishedNow(state),
    trusted: state.snapshot === null ? null : trustedKeys(state.snapshot),
  };
}

function failureOf(outcome: ProbeOutcome): NonNullable<ProbeRow["lastFailure"]> {
  return { verdict: outcome.verdict, why: whyText(outcome), at: iso(outcome.atMs) };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
