import type { OpenRun, RefusalRun } from "../detectors/loop.ts";
import type { RequestRow, RowPosition } from "../model/row.ts";
import type { ClientLoop, RefusedClientRecord } from "./clients/refused-client.ts";
import type { Attempt } from "./clients/attempts.ts";
import type { IncidentRecord } from "./incidents/incident-record.ts";
import type { OpenRequest } from "./requests/open-request.ts";

/** Records as the state file holds them. Their field names are those of version 0.1.0, so that an older file can be read. */
export interface StoredRun extends Omit<
  RefusalRun,
  "firstPosition" | "lastPosition" | "backEndRejections" | "servedBefore" | "early"
> {
  /** Missing in records of version 0.1.0, like `early`. */
  readonly servedBefore?: boolean;
  readonly early?: RefusalRun["early"];
  readonly firstPlace?: RowPosition | undefined;
  readonly lastPlace?: RowPosition | undefined;
  readonly backEnd: number;
}

/** An open run. */
export interface StoredOpenRun {
  readonly lastRequestMs: number;
  readonly refusals: StoredRun | null;
  readonly asking: StoredRun | null;
}

/** An open run in records of version 0.1.0. */
export type StoredRunAlone = StoredRun & { readonly lastRequestMs: number };

/** A final loop that may still be part of an incident. */
export interface StoredLoop {
  readonly trackKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: StoredRun;
}

/** An attempt. `takenAtMs`: when it arrived (engine's clock, Unix ms). */
export interface StoredAttempt extends Omit<Attempt, "arrivedAtMs"> {
  readonly takenAtMs: number;
}

/** A refused client with its attempts. */
export interface StoredClient {
  readonly key: number;
  readonly pool: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly base: StoredOpenRun | StoredRunAlone | null;
  readonly servedBefore?: boolean;
  readonly entries: readonly StoredAttempt[];
}

/** An open request in records of versions 1 and 2. */
export interface StoredRequest {
  readonly key: number;
  readonly server: number;
  readonly front: RequestRow | null;
  readonly proxy: RequestRow | null;
  readonly back: RequestRow | null;
  readonly place: RowPosition;
  readonly isCounted: boolean;
  readonly isAssumed: boolean;
  readonly judgeAtMs: number;
  readonly forgetAtMs: number;
  readonly trackKey: number | null;
  readonly entryPlace: RowPosition | null;
}

/** An incident. Its rows are missing in records of version 0.1.0. */
export interface StoredIncident extends Omit<IncidentRecord, "rows"> {
  readonly places?: IncidentRecord["rows"];
}

export function storedRun({ firstPosition, lastPosition, backEndRejections, ...run }: RefusalRun): StoredRun {
  return { ...run, firstPlace: firstPosition, lastPlace: lastPosition, backEnd: backEndRejections };
}

/** Restores a run. `wasServed` stands in for `servedBefore`, which version 0.1.0 did not store. */
export function runOf({ firstPlace, lastPlace, backEnd, ...run }: StoredRun, wasServed: boolean): RefusalRun {
  const { servedBefore = wasServed, early = null } = run;
  const positions = { firstPosition: firstPlace, lastPosition: lastPlace };
  return { ...run, ...positions, backEndRejections: backEnd, servedBefore, early };
}

function storedOpenRun(base: OpenRun): StoredOpenRun | null {
  if (base === null) return null;
  const { lastRequestMs, refusals, asking } = base;
  const [first, second] = [refusals, asking].map((run) => (run === null ? null : storedRun(run)));
  return { lastRequestMs, refusals: first ?? null, asking: second ?? null };
}

function openRunOf(base: StoredClient["base"], wasServed: boolean): OpenRun {
  if (base === null) return null;
  if (!("refusals" in base)) {
    const { lastRequestMs, ...run } = base;
    return { lastRequestMs, refusals: runOf(run, wasServed), asking: null };
  }
  const { lastRequestMs, refusals, asking } = base;
  return {
    lastRequestMs,
    refusals: refusals === null ? null : runOf(refusals, wasServed),
    asking: asking === null ? null : runOf(asking, wasServed),
  };
}

export function storedLoop({ clientKey, client, wasServed, span }: ClientLoop): StoredLoop {
  return { trackKey: clientKey, client, wasServed, span: storedRun(span) };
}

export function loopOf({ trackKey, client, wasServed, span }: StoredLoop): ClientLoop {
  return { clientKey: trackKey, client, wasServed, span: runOf(span, wasServed) };
}

export function storedClient(record: RefusedClientRecord): StoredClient {
  const { key, pool, identity, wasServed, servedBefore, base, attempts } = record;
  const entries = attempts.map(({ arrivedAtMs, ...attempt }) => ({ ...attempt, takenAtMs: arrivedAtMs }));
  return { key, pool, client: identity, wasServed, servedBefore, base: storedOpenRun(base), entries };
}

export function clientOf(stored: StoredClient): RefusedClientRecord {
  const { key, pool, client, wasServed, servedBefore = wasServed, base, entries } = stored;
  const attempts = entries.map(({ takenAtMs, ...attempt }) => ({ ...attempt, arrivedAtMs: takenAtMs }));
  return { key, pool, identity: client, wasServed, servedBefore, base: openRunOf(base, wasServed), attempts };
}

export function requestOf(stored: StoredRequest): OpenRequest {
  const { front, proxy, back, place, isAssumed, trackKey, entryPlace, ...rest } = stored;
  return {
    ...rest,
    iis: front,
    httpProxy: proxy,
    backEnd: back,
    isJudged: stored.isCounted,
    position: place,
    usesAlias: isAssumed,
    clientKey: trackKey,
    attemptPosition: entryPlace,
  };
}

export function storedIncident({ rows, ...incident }: IncidentRecord): StoredIncident {
  return { ...incident, places: rows };
}

export function incidentOf({ places, ...incident }: StoredIncident): IncidentRecord {
  return { ...incident, rows: places ?? [] };
}
