import { MINUTE_MS } from "../model/durations.ts";
import type { Evidence } from "../model/finding.ts";
import type { CauseContext } from "./cause-context.ts";
import type { Clue } from "./cause-record.ts";
import { evidenceOf } from "./evidence.ts";
import { recycleBefore, refusingPeers } from "./situation.ts";
import { number } from "../model/text/counted.ts";

/** Evidence about the worker processes of this pool, here and on other servers. */

/**
 * Worker processes that crash because of an expired certificate do so every 10 to 15 minutes, so at least two crashes
 * are within this time.
 */
const CRASH_SERIES_MS = 45 * MINUTE_MS;

export const NEW_WORKER: Clue = {
  what: "the pool's worker was replaced before the incident (Windows events, HTTPERR, or a new process id in a log)",
  weight: 0.3,
  because:
    "a worker reads the trusted keys once, when it starts: only a new one can have read keys that are out of date",
  find: (context) => {
    const recycle = recycleBefore(context);
    if (recycle === null) return [];
    const text = `${recycle.appPool} worker replaced (${recycle.reason}, ${recycle.label})`;
    return [evidenceOf(recycle.atMs, "recycle", { text, source: recycle.source })];
  },
};

export const FIRST_BEARER: Clue = {
  what: "the first Bearer token that was presented to the new worker",
  weight: 0,
  because: "shows when the worker should have fetched the keys by itself, not why it refuses",
  find: (context) => {
    const recycle = recycleBefore(context);
    if (recycle === null) return [];
    const firstMs = context.firstBearerSince(Math.min(recycle.atMs, context.startMs));
    const text = "first Bearer token presented to the new worker";
    return firstMs === null ? [] : [evidenceOf(firstMs, "first_bearer", { text, source: context.source })];
  },
};

export const HEALTHY_PEERS: Clue = {
  what: "the same pool accepts Bearer tokens on every other server that had Bearer requests at the time",
  weight: 0.1,
  because: "the tokens are valid, so the fault is in this server",
  find: (context) => {
    const healthy = context.peers.map((peer) => peer.server).sort();
    if (healthy.length === 0 || refusingPeers(context).length > 0) return [];
    const names =
      healthy.slice(0, 5).join(", ") + (healthy.length > 5 ? ` and ${number(healthy.length - 5)} more` : "");
    return [correlation(context, `${context.appPool} accepts Bearer tokens on ${names} at the same time`)];
  },
};

export const REFUSING_PEERS: Clue = {
  what: "the same pool refuses Bearer tokens on other servers at the same time",
  weight: 0.3,
  because: "several workers do not lose the same key at the same time by chance",
  find: (context) => {
    const names = refusingPeers(context)
      .map((peer) => peer.server)
      .sort();
    if (names.length === 0) return [];
    const own = context.recyclesAreVisible ? ", and its worker here was not new" : "";
    return [correlation(context, `${context.appPool} refuses Bearer tokens on ${names.join(", ")} too${own}`)];
  },
};

export const BACK_FROM_MAINTENANCE: Clue = {
  what: "a server component went back to Active within the hour before (snapshot)",
  weight: 0.05,
  more: 0.05,
  because: "after maintenance all workers of a server are new, but this also happens without the fault",
  find: ({ activations }) =>
    activations.map(({ atMs, text }) => evidenceOf(atMs, "component_state", { text, source: "snapshot" })),
};

export const EXPIRED_CERTIFICATE: Clue = {
  what: "the auth certificate has expired (check auth_certificate) and this worker has crashed twice or more within 45 minutes",
  weight: 0.05,
  because:
    "it explains why workers are replaced so often, and what to fix first, but not whether their keys are out of date",
  find: (context) => {
    const crashes = crashesInSeries(context);
    const expired = context.failedChecks.find(
      ({ check, found }) => check === "auth_certificate" && found.startsWith("expired"),
    );
    if (crashes < 2 || expired === undefined) return [];
    const text =
      `the auth certificate has ${expired.found}, which crashes workers every 10 to 15 minutes: ${crashes} ` +
      "crashes of this one within 45 minutes";
    return [evidenceOf(expired.atMs, "check", { text, source: "snapshot" })];
  },
};

function crashesInSeries(context: CauseContext): number {
  const last = recycleBefore(context);
  if (last?.reason !== "crash") return 0;
  const near = context.recycles.filter(
    ({ atMs, reason }) => reason === "crash" && Math.abs(last.atMs - atMs) <= CRASH_SERIES_MS,
  );
  return near.length;
}

function correlation({ startMs }: CauseContext, text: string): Evidence {
  return evidenceOf(startMs, "peers", { text, source: "correlation" });
}

/** The clue with another weight, and the reason for it. */
export function weighing(clue: Clue, weight: number, because: string): Clue {
  return { ...clue, weight, because };
}
