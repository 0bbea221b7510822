import type { Findings, IncidentFinding } from "../model/finding.ts";

/**
 * Time since which no client has been refused, while an incident is open for its quiet time. Null if a client is refused, or the incident
 * has ended. ISO 8601.
 */
export function recoveringSince(incident: IncidentFinding, { loops }: Pick<Findings, "loops">): string | null {
  if (incident.end !== null) return null;
  const own = loops.filter(
    ({ server, appPool, start, end }) =>
      server === incident.server && appPool === incident.appPool && (start >= incident.start || end === null),
  );
  const ends = own.map(({ end }) => end).filter((end) => end !== null);
  return own.length === 0 || ends.length < own.length ? null : (ends.toSorted().at(-1) ?? null);
}
