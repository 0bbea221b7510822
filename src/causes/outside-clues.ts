import type { Cause } from "../model/label-values.ts";
import type { OAuthEventName } from "../model/row.ts";
import { PROBE_REASONS } from "../model/probe/probe.ts";
import type { CauseContext } from "./cause-context.ts";
import type { Clue } from "./cause-record.ts";
import { evidenceOf } from "./evidence.ts";
import { isNear, probed } from "./situation.ts";

/** Evidence from sources other than request logs: checks of a snapshot, the probe, clocks, configuration events. */

/** A clock that is off by this much makes valid tokens look expired or not yet valid. */
const CLOCK_SKEW_SECONDS = 300;

/** Evidence from the probe. Only the first virtual directory adds weight; further ones show the same thing. */
export function probeClue(cause: Cause): Clue {
  return {
    what: "the probe of the pool's virtual directory got an answer that is evidence for this cause",
    weight: 0.3,
    because: "the answer comes from the server itself, to a request with a known sender and token",
    find: (context) =>
      probed(context, cause).map(({ fromMs, protocol, reason }) =>
        evidenceOf(fromMs, "probe", { text: `probe of ${protocol}: ${PROBE_REASONS[reason]}`, source: "probe" }),
      ),
  };
}

/** Failed checks that are evidence for the cause. */
export function checkClue(cause: Cause): Clue {
  return {
    what: "a configuration check that is evidence for this cause fails (snapshot)",
    weight: 0.2,
    more: 0.2,
    because: "the configuration makes this fault possible, but it may have been wrong for a long time without harm",
    find: ({ failedChecks }) =>
      failedChecks
        .filter((one) => one.speaksFor === cause)
        .map(({ atMs, check, found }) =>
          evidenceOf(atMs, "check", { text: `check ${check} fails: ${found}`, source: "snapshot" }),
        ),
  };
}

/** The clues of the checks and of the probe. */
export function outsideClues(cause: Cause): readonly Clue[] {
  return [checkClue(cause), probeClue(cause)];
}

/** True when at least one of the clues is found. */
export function isShown(context: CauseContext, clues: readonly Clue[]): boolean {
  return clues.some((clue) => clue.find(context).length > 0);
}

export const CLOCK_OFF: Clue = {
  what: "the server's clock is off by five minutes or more (snapshot, probe, or rows dated ahead of the exporter's clock)",
  weight: 0.4,
  because: "five minutes is the tolerance for the lifetime of a token; beyond it valid tokens are refused",
  find: ({ clockOffset }) => {
    if (clockOffset === null || Math.abs(clockOffset.seconds) < CLOCK_SKEW_SECONDS) return [];
    const { atMs, source } = clockOffset;
    const kind = source === "probe" ? "probe" : "clock_offset";
    return [evidenceOf(atMs, kind, { text: clockText(clockOffset), source })];
  },
};

function clockText({ source, seconds }: NonNullable<CauseContext["clockOffset"]>): string {
  const rounded = Math.round(seconds);
  if (source === "snapshot") return `the server's clock is off by ${rounded} s`;
  if (source === "probe") return `the clock of its answers is off by ${rounded} s`;
  return `its log rows are dated at least ${rounded} s ahead of the exporter's clock`;
}

const CONFIGURATION_EVENTS: readonly OAuthEventName[] = [
  "fail_to_load_local_configuration",
  "fail_to_read_signing_certificates",
  "partner_application_missing_certificates",
  "auth_server_missing_certificates",
];

export const CONFIGURATION_UNREAD: Clue = {
  what: "the worker could not load its OAuth configuration or certificates (MSExchange OAuth 2001, 2002, 2004, 2005)",
  weight: 0.3,
  because: "the worker itself reports it",
  find: (context) => {
    const event = context.oauthEvents.find((one) => CONFIGURATION_EVENTS.includes(one.name) && isNear(context, one));
    if (event === undefined) return [];
    const text = `the worker could not load its OAuth configuration (${event.label})`;
    return [evidenceOf(event.atMs, "oauth_event", { text, source: "events" })];
  },
};
