import type { RefusalRun } from "../detectors/loop.ts";
import type { RequestRow, RowPosition } from "../model/row.ts";
import type { ClientLoop, RefusedClientRecord } from "./clients/refused-client.ts";
import type { Attempt } from "./clients/attempts.ts";
import type { IncidentRecord } from "./incidents/incident-record.ts";
import type { OpenRequest } from "./request-table.ts";

/** Records as the state file holds them. Their field names are those of version 0.1.0, so that an older file can be read. */
export interface StoredRun extends Omit<RefusalRun, "firstPosition" | "lastPosition" | "backEndRejections"> {
  readonly firstPlace?: RowPosition | undefined;
  readonly lastPlace?: RowPosition | undefined;
  readonly backEnd: number;
}

export interface StoredLoop {
  readonly trackKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: StoredRun;
}

export interface StoredAttempt extends Omit<Attempt, "arrivedAtMs"> {
  readonly takenAtMs: number;
}

export interface StoredClient {
  readonly key: number;
  readonly pool: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly base: StoredRun | null;
  readonly entries: readonly StoredAttempt[];
}

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

/** Version 0.1.0 stored no rows with an incident. */
export interface StoredIncident extends Omit<IncidentRecord, "rows"> {
  readonly places?: IncidentRecord["rows"];
}

export function storedRun({ firstPosition, lastPosition, backEndRejections, ...run }: RefusalRun): StoredRun {
  return { ...run, firstPlace: firstPosition, lastPlace: lastPosition, backEnd: backEndRejections };
}

export function runOf({ firstPlace, lastPlace, backEnd, ...run }: StoredRun): RefusalRun {
  return { ...run, firstPosition: firstPlace, lastPosition: lastPlace, backEndRejections: backEnd };
}

export function storedLoop({ clientKey, client, wasServed, span }: ClientLoop): StoredLoop {
  return { trackKey: clientKey, client, wasServed, span: storedRun(span) };
}

export function loopOf({ trackKey, client, wasServed, span }: StoredLoop): ClientLoop {
  return { clientKey: trackKey, client, wasServed, span: runOf(span) };
}

export function storedClient({ key, pool, identity, wasServed, base, attempts }: RefusedClientRecord): StoredClient {
  const entries = attempts.map(({ arrivedAtMs, ...attempt }) => ({ ...attempt, takenAtMs: arrivedAtMs }));
  return { key, pool, client: identity, wasServed, base: base === null ? null : storedRun(base), entries };
}

export function clientOf({ key, pool, client, wasServed, base, entries }: StoredClient): RefusedClientRecord {
  const attempts = entries.map(({ takenAtMs, ...attempt }) => ({ ...attempt, arrivedAtMs: takenAtMs }));
  return { key, pool, identity: client, wasServed, base: base === null ? null : runOf(base), attempts };
}

export function storedRequest(request: OpenRequest): StoredRequest {
  const { iis, httpProxy, backEnd, position, usesAlias, clientKey, attemptPosition, ...rest } = request;
  return {
    ...rest,
    front: iis,
    proxy: httpProxy,
    back: backEnd,
    place: position,
    isAssumed: usesAlias,
    trackKey: clientKey,
    entryPlace: attemptPosition,
  };
}

export function requestOf(stored: StoredRequest): OpenRequest {
  const { front, proxy, back, place, isAssumed, trackKey, entryPlace, ...rest } = stored;
  return {
    ...rest,
    iis: front,
    httpProxy: proxy,
    backEnd: back,
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
