import { FRONT_END_POOL } from "../../model/app-pool.ts";
import type { Protocol } from "../../model/label-values.ts";
import { isProbeProtocol, PROBE_REASONS, TOKEN_PROTOCOLS } from "../../model/probe/probe.ts";
import { entryOf, type ProbeBook } from "../../probe/probe-book.ts";
import type { GateVerdict } from "../../web/web-queries.ts";

/** What the gate knows about a server from logs and snapshots. Times in Unix ms. */
export interface GateFacts {
  readonly nowMs: number;
  readonly graceMs: number;
  /** The later of: last recycle of the pool, last return of the server from maintenance; null when neither is known. */
  readonly newSinceMs: number | null;
  /** Number of published signing keys that AD does not have; null while unknown. */
  readonly missingKeys: number | null;
  /** The current worker process has accepted a client's token. */
  readonly hasServed: boolean;
}

/** Results of the probe that the gate uses. */
export interface GateProbe {
  readonly book: ProbeBook;
  readonly hasTokens: boolean;
}

/**
 * The probe's verdict on a server and protocol; null when it has none, so that the logs decide. Only the token probe can hold traffic
 * back, and never for longer than `graceMs`.
 */
export function probeGate(
  probe: GateProbe,
  about: { readonly server: string; readonly protocol: Protocol },
  facts: GateFacts,
): GateVerdict | null {
  const { server, protocol } = about;
  if (!probe.hasTokens || !isProbeProtocol(protocol) || !TOKEN_PROTOCOLS.includes(protocol)) return null;
  const entry = entryOf(probe.book, server, { protocol, probe: "token" });
  const { nowMs, graceMs, newSinceMs, missingKeys, hasServed } = facts;
  const pool = FRONT_END_POOL[protocol];
  if (entry?.last.verdict === "refused_keys")
    return nowMs - entry.sinceMs < graceMs
      ? { accepts: false, because: `waits for the worker of ${pool}: ${PROBE_REASONS.signature}` }
      : { accepts: true, because: "the probe's token has been refused for longer than the grace" };
  const isNew = newSinceMs !== null && nowMs - newSinceMs < graceMs && !hasServed;
  if (!isNew) return null;
  const isFresh = entry !== null && entry.last.atMs > newSinceMs;
  if (isFresh && entry.last.verdict === "accepted") return { accepts: true, because: "the probe's token was accepted" };
  if (missingKeys === 0) return { accepts: true, because: "no published signing key is missing in AD" };
  if (!isFresh) return { accepts: false, because: `waits for the first probe of the new worker of ${pool}` };
  return null;
}
