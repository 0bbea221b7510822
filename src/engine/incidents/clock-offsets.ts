import type { CauseContext, ClockOffset } from "../../causes/cause-context.ts";
import type { OrganisationFacts } from "../organisation-facts.ts";
import { measuredAhead } from "../rows-ahead.ts";
import type { ServerState } from "../server-state.ts";
import { DAY_MS } from "../../model/durations.ts";
import { isSameServer } from "../../model/snapshot/snapshot-facts.ts";

/** The clock offsets of the server in order of time: from snapshots, the probe, and rows that are ahead of the exporter's clock. */
export function clockOffsetsOf(facts: OrganisationFacts, server: ServerState): ClockOffset[] {
  const measured = facts.clockOffsets.filter((offset) => isSameServer(offset.server, server.name));
  return [
    ...measured.map(({ atMs, seconds }) => ({ atMs, seconds, source: "snapshot" as const })),
    ...facts.probe.flatMap(({ server: probed, seconds, toMs }) =>
      seconds !== null && isSameServer(probed, server.name) ? [{ atMs: toMs, seconds, source: "probe" as const }] : [],
    ),
    ...measuredAhead(server).map(({ atMs, seconds, format }) => ({ atMs, seconds, source: format })),
  ].sort((a, b) => a.atMs - b.atMs);
}

/**
 * The last offset measured during the incident; else the last one before it; else the first one after it, within a day. A clock that was
 * set right meanwhile is still evidence.
 */
export function clockOffsetAt(
  offsets: readonly ClockOffset[],
  startMs: number,
  endMs: number,
): CauseContext["clockOffset"] {
  const near = offsets.filter((one) => one.atMs > startMs - DAY_MS && one.atMs < endMs + DAY_MS);
  return near.filter((one) => one.atMs <= endMs).at(-1) ?? near.at(0) ?? null;
}
