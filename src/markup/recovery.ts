import type { Findings, IncidentFinding } from "../model/finding.ts";

/**
 * Since when nobody is refused any more, while an incident is still open for its quiet time; null when somebody is, or it has ended.
 * ISO 8601.
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
