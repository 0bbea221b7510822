import type { ProbeAnswer } from "../web/web-queries.ts";
import type { DaemonParts } from "./daemon-parts.ts";
import { missingLogs } from "./known-servers.ts";

/** A turn of the reading loop takes seconds at most, even when servers do not answer; after this long (ms) it counts as stuck. */
const MAX_TURN_MS = 60_000;

/** Whether the daemon works. If not, a supervisor may restart it. */
export function healthOf({ options, status }: Pick<DaemonParts, "options" | "status">): ProbeAnswer {
  const loser = options.state.lostTo();
  if (loser !== null) return { isGood: false, because: `the state folder is no longer written: ${loser}` };
  const sinceMs = options.clock.monotonic() - status.turnedAt;
  if (sinceMs <= MAX_TURN_MS) return { isGood: true };
  return { isGood: false, because: `the logs have not been read for ${String(Math.round(sinceMs / 1000))} s` };
}

/** Whether the metrics served describe the servers: all logs are read, and at least one has content. */
export function readinessOf(parts: Pick<DaemonParts, "options" | "status" | "detection">): ProbeAnswer {
  const { status, detection: watch } = parts;
  if (!status.isCaughtUp) return { isGood: false, because: "the logs are still being read" };
  if (watch.follower.serversWithLogs().size === 0) return { isGood: false, because: missingLogs(parts) };
  if (watch.follower.stats().every(({ ledger }) => ledger.bytesRead === 0))
    return { isGood: false, because: "no log row has been read yet" };
  return { isGood: true };
}
