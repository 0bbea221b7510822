import { isExposed, keyStates, signsForUsers } from "../model/snapshot/signing-keys.ts";
import type { PublishedKeys, TrustedKeys } from "../model/snapshot/signing-keys.ts";

/** One observation of published or trusted keys. Instants in Unix milliseconds. */
export type ExposureObservation =
  | { readonly kind: "published"; readonly keys: PublishedKeys }
  /** The keys of all AuthServers in one snapshot. */
  | { readonly kind: "trusted"; readonly atMs: number; readonly keys: readonly TrustedKeys[] };

/**
 * From `atMs` on, `missing` keys of the issuer of users' tokens are published but not trusted in AD; null when unknown.
 */
export interface ExposureStep {
  readonly atMs: number;
  readonly missing: number | null;
}

/**
 * Computes how many keys of the issuer of users' tokens were missing in AD over time: one step for each change of the
 * number. The order of the observations does not matter.
 */
export function exposureTimeline(observations: readonly ExposureObservation[]): readonly ExposureStep[] {
  const published = new Map<string, PublishedKeys>();
  let trusted: readonly TrustedKeys[] = [];
  const steps: ExposureStep[] = [];
  const ordered = [...observations].sort(
    (first, second) =>
      timeOf(first) - timeOf(second) ||
      order(first) - order(second) ||
      (JSON.stringify(first) < JSON.stringify(second) ? -1 : 1),
  );
  for (const observation of ordered) {
    if (observation.kind === "trusted") trusted = observation.keys;
    else published.set(observation.keys.authServer.toLowerCase(), observation.keys);
    const missing = missingKeys([...published.values()], trusted, timeOf(observation));
    const last = steps.at(-1);
    // Of several observations at the same time, the last one counts.
    if (last !== undefined && last.atMs === timeOf(observation)) steps.pop();
    const before = steps.at(-1);
    if (before === undefined ? missing !== null : before.missing !== missing)
      steps.push({ atMs: timeOf(observation), missing });
  }
  return steps;
}

/** Number of keys of the issuer of users' tokens that are published but not trusted at `nowMs`; null while unknown. */
export function missingKeys(
  published: readonly PublishedKeys[],
  trusted: readonly TrustedKeys[],
  nowMs: number,
): number | null {
  const states = keyStates(published, trusted, nowMs).filter((state) => signsForUsers(state.issuer));
  if (isExposed(states) === null) return null;
  return new Set(states.flatMap((state) => (state.missing ?? []).map((key) => key.thumbprint))).size;
}

function timeOf(observation: ExposureObservation): number {
  return observation.kind === "trusted" ? observation.atMs : observation.keys.fetchedAtMs;
}

function order(observation: ExposureObservation): number {
  return observation.kind === "trusted" ? 0 : 1;
}
