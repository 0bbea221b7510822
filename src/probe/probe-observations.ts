import type { ProbeOutcome, ProbeProtocol, ProbeReason } from "../model/probe/probe.ts";
import type { Cause } from "../model/label-values.ts";

/**
 * A result of the probe for one virtual directory that is evidence for a cause of incidents, from the first to the last consecutive time.
 */
export interface ProbeObservation {
  readonly server: string;
  readonly protocol: ProbeProtocol;
  readonly speaksFor: Cause;
  readonly reason: ProbeReason;
  /** Server's clock minus the exporter's, seconds; null if the result is not about the clock. */
  readonly seconds: number | null;
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** No later answer differs. */
  readonly isOpen: boolean;
}

/** Maximum length of the list; the oldest entries are dropped. */
const MAX_OBSERVATIONS = 2_000;
/** Tolerance for a token's lifetime: with a smaller clock offset, no token is refused. */
export const MAX_CLOCK_OFFSET_SECONDS = 300;

/** Which results of a probe are evidence for which cause. */
const CAUSES_OF_REASONS: Readonly<Partial<Record<ProbeReason, Cause>>> = {
  signature: "stale_keys_after_recycle",
  no_bearer: "modern_auth_not_offered",
  no_authority: "modern_auth_not_offered",
  identity_refused: "modern_auth_not_offered",
  audience: "audience_mismatch",
  issuer: "unknown_issuer",
  configuration: "oauth_configuration",
};

/**
 * The list with these outcomes added. An answer with another result ends the entries of its virtual directory and kind of probe; a missing
 * answer ends none. Returns the same list if nothing changes.
 */
export function noteObservations(
  known: readonly ProbeObservation[],
  outcomes: readonly ProbeOutcome[],
): readonly ProbeObservation[] {
  let list: ProbeObservation[] | null = null;
  for (const outcome of outcomes) {
    if (outcome.status === null) continue;
    const seen = observationsOf(outcome);
    const isOwn = (one: ProbeObservation): boolean =>
      one.isOpen && one.server === outcome.server && one.protocol === outcome.protocol && isOfProbe(one, outcome);
    if (seen.length === 0 && !(list ?? known).some(isOwn)) continue;
    list ??= [...known];
    for (const [index, one] of list.entries()) {
      if (!isOwn(one)) continue;
      const again = seen.findIndex(({ reason, speaksFor }) => one.reason === reason && one.speaksFor === speaksFor);
      list[index] = again < 0 ? { ...one, isOpen: false } : { ...one, toMs: outcome.atMs };
      if (again >= 0) seen.splice(again, 1);
    }
    list.push(...seen);
  }
  return list === null ? known : list.slice(-MAX_OBSERVATIONS);
}

function observationsOf(outcome: ProbeOutcome): ProbeObservation[] {
  const { server, protocol, reason, atMs, clockOffsetSeconds } = outcome;
  const common = { server, protocol, reason, fromMs: atMs, toMs: atMs, isOpen: true };
  const cause = CAUSES_OF_REASONS[reason];
  return [
    ...(cause === undefined ? [] : [{ ...common, speaksFor: cause, seconds: null }]),
    ...(isClockOff(outcome)
      ? [{ ...common, reason: "lifetime" as const, speaksFor: "clock_skew" as const, seconds: clockOffsetSeconds }]
      : []),
  ];
}

/** The clock is the server's own only if the server itself answered. Only the challenge measures it, once per answer. */
function isClockOff({ probe, reason, clockOffsetSeconds }: ProbeOutcome): boolean {
  if (probe !== "challenge" || reason === "other_server" || reason === "exchange_online" || reason === "not_exchange")
    return false;
  return clockOffsetSeconds !== null && Math.abs(clockOffsetSeconds) >= MAX_CLOCK_OFFSET_SECONDS;
}

const TOKEN_REASONS: readonly ProbeReason[] = ["signature", "audience", "issuer", "configuration"];

function isOfProbe({ reason }: ProbeObservation, { probe }: ProbeOutcome): boolean {
  return TOKEN_REASONS.includes(reason) === (probe === "token");
}
