import { MINUTE_MS } from "../model/durations.ts";
import type { IncidentFinding } from "../model/finding.ts";

/** Late rows can move the start of an incident by minutes. An incident that starts further away is a different one. */
const MAX_MOVE_MS = 30 * MINUTE_MS;
// Sample: EX01-MSExchangeServicesAppPool-20261122T080005Z
const ID = /^(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Finds the incident for an earlier id. An id contains the incident's start, which late rows can move. The link in an alert or chat then
 * contains a time at which no incident starts any more. Returns the incident of the same server and app pool that was open at that time, or
 * whose start is nearest to it within half an hour. Undefined if there is none, or the text is not an id.
 */
export function movedIncident(incidents: readonly IncidentFinding[], id: string): IncidentFinding | undefined {
  const [, pool, year, month, day, hour, minute, second] = ID.exec(id) ?? [];
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (pool === undefined || Number.isNaN(atMs)) return undefined;
  return incidents
    .filter((incident) => ID.exec(incident.id)?.[1] === pool)
    .map((incident) => ({ incident, distanceMs: distance(incident, atMs) }))
    .filter(({ distanceMs }) => distanceMs <= MAX_MOVE_MS)
    .toSorted((a, b) => a.distanceMs - b.distanceMs)[0]?.incident;
}

/** 0 if the incident was open at that time, otherwise the time to its start. */
function distance({ start, end }: IncidentFinding, atMs: number): number {
  const startMs = Date.parse(start);
  const endMs = end === null ? Number.POSITIVE_INFINITY : Date.parse(end);
  return startMs <= atMs && atMs <= endMs ? 0 : Math.abs(startMs - atMs);
}
