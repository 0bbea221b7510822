import type { CauseContext } from "../../causes/cause-context.ts";
import type { RefusalRun } from "../../detectors/loop.ts";
import type { Evidence, RawRowKind } from "../../model/finding.ts";
import type { RowPosition } from "../../model/row.ts";
import type { Engine } from "../create-engine.ts";
import type { EvidenceRow } from "./incident-record.ts";
import type { ServerState } from "../server-state.ts";

export interface EvidenceQuestion {
  readonly engine: Engine;
  readonly server: ServerState;
  /** In order of time. */
  readonly loops: readonly RefusalRun[];
  readonly context: CauseContext;
  readonly evidence: readonly Evidence[];
}

const MAX_ROWS = 20;

interface Candidate {
  readonly atMs: number;
  readonly what: RawRowKind;
  readonly position: RowPosition | null | undefined;
}

/**
 * Rows that belong to an incident, in order of time, at most 20: those of the recycles and events that are evidence, its first and its
 * last refusal, and those of its first loops. Rows of files that are no longer known are left out.
 */
export function evidenceRowsOf(question: EvidenceQuestion): EvidenceRow[] {
  const found = new Map<string, EvidenceRow>();
  for (const { atMs, what, position } of [...evidenceRows(question), ...refusals(question.loops)]) {
    if (position === null || position === undefined) continue;
    const key = `${String(position.fileKey)} ${String(position.offset)}`;
    const name = question.engine.files.nameOf(position.fileKey);
    if (name === null || found.has(key)) continue;
    found.set(key, { atMs, what, server: name.server, file: name.path, offset: position.offset });
    if (found.size === MAX_ROWS) break;
  }
  return [...found.values()].sort(
    (a, b) => a.atMs - b.atMs || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.offset - b.offset),
  );
}

function evidenceRows({ engine, server, context, evidence }: EvidenceQuestion): Candidate[] {
  const rows: Candidate[] = [];
  for (const { at, kind, text } of evidence) {
    const atMs = Date.parse(at);
    if (kind === "recycle") {
      const recycle = context.recycles.find((one) => one.atMs === atMs);
      if (recycle === undefined) continue;
      // An event is found by its label, of which a recovery action has two; the rows of other logs by the pool.
      const names = recycle.source === "events" ? recycle.label.split(", ") : [recycle.appPool];
      for (const about of names)
        rows.push({
          atMs,
          what: "recycle",
          position: server.eventRows.positionOf({ source: recycle.source, atMs, about }),
        });
    } else if (kind === "oauth_event" || kind === "auth_admin_event") {
      const events =
        kind === "oauth_event"
          ? context.oauthEvents.map((one) => ({ ...one, server: server.name }))
          : context.authAdminEvents;
      const event = events.find((one) => one.atMs === atMs && text.includes(one.label));
      const owner = engine.servers.find((one) => one.name === event?.server);
      if (event !== undefined)
        rows.push({
          atMs,
          what: "event",
          position: owner?.eventRows.positionOf({ source: "events", atMs, about: event.label }),
        });
    }
  }
  return rows;
}

/** The first and the last refusal of all, then of each loop. */
function refusals(loops: readonly RefusalRun[]): Candidate[] {
  let first: RefusalRun | undefined;
  let last: RefusalRun | undefined;
  for (const loop of loops) {
    if (first === undefined || loop.startMs < first.startMs) first = loop;
    if (last === undefined || loop.lastRefusalMs > last.lastRefusalMs) last = loop;
  }
  const ends = (loop: RefusalRun): Candidate[] => [
    { atMs: loop.startMs, what: "first_refusal", position: loop.firstPosition },
    { atMs: loop.lastRefusalMs, what: "last_refusal", position: loop.lastPosition },
  ];
  const [begin, end] = [first, last].map((loop) => (loop === undefined ? [] : ends(loop)));
  return [...(begin ?? []).slice(0, 1), ...(end ?? []).slice(1), ...loops.slice(0, MAX_ROWS).flatMap(ends)];
}
