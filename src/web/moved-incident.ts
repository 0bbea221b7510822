import { MINUTE_MS } from "../model/durations.ts";
import type { IncidentFinding } from "../model/finding.ts";

/** Rows that come late move the start of an incident by minutes; one that starts further away is another one. */
const MAX_MOVE_MS = 30 * MINUTE_MS;
// Sample: EX01-MSExchangeServicesAppPool-20261122T080005Z
const ID = /^(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * The incident that an id of earlier means. An id holds the incident's start, and rows that are read late can move it: then the link of an
 * alert or a chat names an instant at which no incident starts any more. It is the incident of the same server and app pool that was open
 * at that instant, or that starts nearest to it, within half an hour. Undefined when there is none, or the text is no id.
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

/** 0 while the incident was open, else from the instant to its start. */
function distance({ start, end }: IncidentFinding, atMs: number): number {
  const startMs = Date.parse(start);
  const endMs = end === null ? Number.POSITIVE_INFINITY : Date.parse(end);
  return startMs <= atMs && atMs <= endMs ? 0 : Math.abs(startMs - atMs);
}
