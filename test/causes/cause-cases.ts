import type { CauseContext } from "../../src/causes/cause-context.ts";
import type { Recycle } from "../../src/detectors/recycle.ts";
import type { ProbeObservation } from "../../src/probe/probe-observations.ts";

/** Start of the incident. */
export const START = Date.UTC(2026, 10, 22, 8, 0, 0);
export const MINUTE = 60_000;

export const crash: Recycle = {
  atMs: START - MINUTE,
  appPool: "MSExchangeServicesAppPool",
  reason: "crash",
  label: "WAS 5011",
  source: "events",
};
export const healthy = (server: string) => ({ server, isRefusing: false, wasRecycled: false, startMs: 0 });
export const refusing = (server: string, wasRecycled = false) => ({
  server,
  isRefusing: true,
  wasRecycled,
  startMs: START,
});
export const oauth = (name: CauseContext["oauthEvents"][number]["name"], label: string, minutes = 1) => ({
  atMs: START + minutes * MINUTE,
  name,
  appPool: null,
  label,
});
const probed = (reason: ProbeObservation["reason"], speaksFor: ProbeObservation["speaksFor"]): ProbeObservation => ({
  server: "EX01",
  protocol: "ews",
  reason,
  speaksFor,
  seconds: null,
  fromMs: START - MINUTE,
  toMs: START,
  isOpen: true,
});
const admin2010 = (minutes: number) => ({
  atMs: START + minutes * MINUTE,
  name: "unable_to_access_metadata" as const,
  label: "AuthAdmin 2010",
  server: "EX02",
});

/** Ten clients of EX01, refused 100 times within twelve minutes with invalid_signature and served before; `more` overrides parts. */
export function context(more: Partial<CauseContext> = {}): CauseContext {
  return {
    server: "EX01",
    appPool: "MSExchangeServicesAppPool",
    issuer: "Entra ID",
    startMs: START,
    endMs: START + 12 * MINUTE,
    isOpen: false,
    clients: 10,
    clientsServed: 10,
    rejections: 100,
    backEndRejections: 0,
    categories: { invalid_signature: 100 },
    source: "http_proxy",
    recoveredAtMs: START + 13 * MINUTE,
    recycles: [],
    recyclesAreVisible: true,
    acceptedSince: () => true,
    acceptedMeanwhile: () => true,
    logsBeginMs: START - 600 * MINUTE,
    firstBearerSince: () => START,
    oauthEvents: [],
    authAdminEvents: [],
    peers: [],
    otherPoolsRefuse: false,
    missingKeys: null,
    keyChanges: [],
    clockOffset: null,
    failedChecks: [],
    activations: [],
    probe: [],
    proven: more.categories?.suspected === undefined ? 100 : 0,
    ...more,
  };
}

const suspected = { categories: { suspected: 100 }, source: "iis" as const };
const EXPIRED = {
  atMs: START - 60 * MINUTE,
  check: "auth_certificate",
  found: "expired 2026-11-20",
  speaksFor: "oauth_configuration" as const,
};

export interface CauseCase {
  readonly name: string;
  readonly given: Partial<CauseContext>;
  /** Expected cause and confidence. */
  readonly want: readonly [cause: string, confidence: number];
}

export const CAUSE_CASES: readonly CauseCase[] = [
  { name: "stale keys: a new worker", given: { recycles: [crash] }, want: ["stale_keys_after_recycle", 0.7] },
  {
    name: "stale keys: healthy peers raise the confidence",
    given: { recycles: [crash], peers: [healthy("EX02")] },
    want: ["stale_keys_after_recycle", 0.8],
  },
  {
    name: "stale keys: OAuth 2008 proves the drift",
    given: {
      recycles: [crash],
      peers: [healthy("EX02")],
      oauthEvents: [oauth("new_certificates_from_metadata_url", "MSExchange OAuth 2008", 12)],
    },
    want: ["stale_keys_after_recycle", 0.99],
  },
  {
    name: "stale keys: a missing key proves it too",
    given: { recycles: [crash], missingKeys: { count: 1, atMs: START } },
    want: ["stale_keys_after_recycle", 0.9],
  },
  {
    name: "stale keys: a night without Bearer traffic between",
    given: { recycles: [{ ...crash, atMs: START - 600 * MINUTE }], acceptedSince: () => false },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "a recycle hours ago with served requests since is not a trigger",
    given: { recycles: [{ ...crash, atMs: START - 600 * MINUTE }], peers: [refusing("EX02")] },
    want: ["stale_keys_everywhere", 0.7],
  },
  {
    name: "stale keys: one pool of one server, recycles not visible",
    given: { recyclesAreVisible: false },
    want: ["stale_keys_after_recycle", 0.4],
  },
  {
    name: "stale keys: recycles not visible, others healthy",
    given: { recyclesAreVisible: false, peers: [healthy("EX02")] },
    want: ["stale_keys_after_recycle", 0.5],
  },
  {
    name: "stale keys: the new process id shows when it serves again",
    given: {
      recycles: [
        {
          ...crash,
          reason: "unknown",
          label: "new process id in the EWS log",
          source: "ews",
          sinceMs: START - MINUTE,
          atMs: START + 13 * MINUTE,
        },
      ],
      peers: [healthy("EX02")],
    },
    want: ["stale_keys_after_recycle", 0.8],
  },
  {
    name: "one server refuses, and no worker of it was new",
    given: { peers: [healthy("EX02")] },
    want: ["unexplained", 0.2],
  },
  {
    name: "one server refuses, a recycle hours ago and served since",
    given: { recycles: [{ ...crash, atMs: START - 600 * MINUTE }], peers: [healthy("EX02")] },
    want: ["unexplained", 0.2],
  },
  {
    name: "stale keys: no recycle in the logs, but the worker has keys that AD lacks",
    given: {
      peers: [healthy("EX02")],
      oauthEvents: [oauth("new_certificates_from_metadata_url", "MSExchange OAuth 2008", 12)],
    },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "everywhere: also other servers, no new worker",
    given: { peers: [refusing("EX02"), refusing("EX03")] },
    want: ["stale_keys_everywhere", 0.7],
  },
  {
    name: "everywhere: keys were published and no worker was new",
    given: { keyChanges: [{ atMs: START - 30 * MINUTE, text: "published", isPublished: true, shownBy: "keys" }] },
    want: ["stale_keys_everywhere", 0.4],
  },
  {
    name: "metadata: OAuth 2007 and no 2008",
    given: { recycles: [crash], oauthEvents: [oauth("failed_while_reading_metadata", "MSExchange OAuth 2007")] },
    want: ["metadata_unreachable", 0.8],
  },
  {
    name: "metadata: AuthAdmin 2010 at about the same time",
    given: { recycles: [crash], authAdminEvents: [admin2010(-5)] },
    want: ["metadata_unreachable", 0.7],
  },
  {
    name: "metadata: AuthAdmin 2010 hours ago needs a long incident",
    given: { recycles: [crash], authAdminEvents: [admin2010(-300)] },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "metadata: the incident is long once the worker should have healed",
    given: { recycles: [crash], endMs: START + 50 * MINUTE, authAdminEvents: [admin2010(-300)] },
    want: ["metadata_unreachable", 0.8],
  },
  {
    name: "2008 rules unreachable metadata out",
    given: {
      recycles: [crash],
      oauthEvents: [
        oauth("failed_while_reading_metadata", "2007"),
        oauth("new_certificates_from_metadata_url", "2008", 9),
      ],
    },
    want: ["stale_keys_after_recycle", 0.9],
  },
  {
    name: "audience",
    given: { categories: { invalid_resource: 90, invalid_signature: 10 } },
    want: ["audience_mismatch", 0.7],
  },
  {
    name: "not offered",
    given: { categories: { oauth_not_available: 100 } },
    want: ["modern_auth_not_offered", 0.7],
  },
  { name: "clock", given: { categories: { token_expired: 100 } }, want: ["clock_skew", 0.5] },
  {
    name: "clock, measured",
    given: {
      categories: { token_expired: 100 },
      clockOffset: { seconds: -420, atMs: START, source: "snapshot" as const },
    },
    want: ["clock_skew", 0.9],
  },
  {
    name: "clock, measured by the probe",
    given: {
      categories: { token_expired: 100 },
      clockOffset: { seconds: 420, atMs: START, source: "probe" as const },
    },
    want: ["clock_skew", 0.9],
  },
  {
    name: "a worker that has old keys by the probe, although no log shows workers",
    given: { recyclesAreVisible: false, probe: [probed("signature", "stale_keys_after_recycle")] },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "a worker that has old keys by the probe, although it accepts other tokens",
    given: {
      clientsServed: 0,
      recoveredAtMs: null,
      recycles: [crash],
      probe: [probed("signature", "stale_keys_after_recycle")],
    },
    want: ["stale_keys_after_recycle", 0.99],
  },
  {
    name: "suspected, and the probe reports old keys",
    given: { ...suspected, probe: [probed("signature", "stale_keys_after_recycle")] },
    want: ["stale_keys_after_recycle", 0.4],
  },
  {
    name: "suspected, and the probe reports that Bearer is not offered",
    given: { ...suspected, recycles: [crash], probe: [probed("no_bearer", "modern_auth_not_offered")] },
    want: ["modern_auth_not_offered", 0.4],
  },
  {
    name: "not offered, by the logs and the probe",
    given: {
      categories: { oauth_not_available: 100 },
      probe: [probed("no_authority", "modern_auth_not_offered"), probed("no_bearer", "modern_auth_not_offered")],
    },
    want: ["modern_auth_not_offered", 0.99],
  },
  { name: "issuer", given: { categories: { invalid_issuer: 100 } }, want: ["unknown_issuer", 0.7] },
  { name: "tenant", given: { categories: { invalid_tenant: 100 } }, want: ["unknown_issuer", 0.7] },
  { name: "user", given: { categories: { invalid_user: 100 } }, want: ["unknown_user", 0.7] },
  {
    name: "back end, whatever its reason",
    given: { backEndRejections: 60, recycles: [crash] },
    want: ["backend_rejection", 0.7],
  },
  {
    name: "configuration",
    given: {
      categories: { internal_error: 100 },
      oauthEvents: [oauth("fail_to_load_local_configuration", "MSExchange OAuth 2001")],
    },
    want: ["oauth_configuration", 0.9],
  },
  { name: "junk", given: { clientsServed: 0, recoveredAtMs: null }, want: ["junk_tokens", 0.7] },
  {
    name: "junk: never served, and the new worker accepts others",
    given: { clientsServed: 0, recoveredAtMs: null, recycles: [crash] },
    want: ["junk_tokens", 0.7],
  },
  {
    name: "junk: lower confidence if the logs start shortly before",
    given: { clientsServed: 0, recoveredAtMs: null, recycles: [crash], logsBeginMs: START - 2 * MINUTE },
    want: ["junk_tokens", 0.25],
  },
  {
    name: "junk: malformed tokens of strangers while others are accepted",
    given: { clientsServed: 0, recoveredAtMs: null, recycles: [crash], categories: { invalid_token: 100 } },
    want: ["junk_tokens", 0.7],
  },
  {
    name: "not junk if no client is served",
    given: { clientsServed: 0, recoveredAtMs: null, recycles: [crash], acceptedMeanwhile: () => false },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "not junk if no client is served and no log shows workers",
    given: { clientsServed: 0, recoveredAtMs: null, recyclesAreVisible: false, acceptedMeanwhile: () => false },
    want: ["stale_keys_after_recycle", 0.4],
  },
  {
    name: "rolling recycles: each server after its own, although some tokens are accepted",
    given: { recycles: [crash], peers: [refusing("EX02", true)] },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "everywhere: 25 minutes of service after a recycle, then all at once",
    given: { recycles: [{ ...crash, atMs: START - 25 * MINUTE }], peers: [refusing("EX02")] },
    want: ["stale_keys_everywhere", 0.7],
  },
  {
    name: "malformed tokens of served clients",
    given: { categories: { invalid_token: 100 } },
    want: ["unexplained", 0.2],
  },
  { name: "suspected, nothing else", given: suspected, want: ["unexplained", 0.1] },
  {
    name: "suspected after a recycle",
    given: { ...suspected, recycles: [crash] },
    want: ["stale_keys_after_recycle", 0.4],
  },
  {
    name: "suspected, healed by new keys",
    given: { ...suspected, oauthEvents: [oauth("new_certificates_from_metadata_url", "2008", 12)] },
    want: ["stale_keys_after_recycle", 0.3],
  },
  {
    name: "suspected, with a key change hours ago",
    given: {
      ...suspected,
      keyChanges: [{ atMs: START - 840 * MINUTE, text: "changed", isPublished: false, shownBy: "events" }],
    },
    want: ["unexplained", 0.1],
  },
  {
    name: "suspected, and modern authentication is off",
    given: {
      ...suspected,
      failedChecks: [
        {
          atMs: START,
          server: null,
          check: "oauth2_client_profile",
          found: "False",
          speaksFor: "modern_auth_not_offered",
        },
      ] as never,
    },
    want: ["modern_auth_not_offered", 0.3],
  },
  {
    name: "stale keys: other pools of the server refuse as well, no recycle",
    given: { otherPoolsRefuse: true, peers: [healthy("EX02")] },
    want: ["stale_keys_everywhere", 0.4],
  },
  {
    name: "everywhere: no recycle in logs that would show one, and no other server",
    given: {},
    want: ["stale_keys_everywhere", 0.4],
  },
  {
    name: "stale keys: no known reason, after a recycle",
    given: { categories: { unknown: 100 }, recycles: [crash] },
    want: ["stale_keys_after_recycle", 0.5],
  },
  {
    name: "no known reason, and the configuration was not loaded",
    given: {
      categories: { unknown: 100 },
      recycles: [crash],
      oauthEvents: [oauth("fail_to_load_local_configuration", "MSExchange OAuth 2001")],
    },
    want: ["oauth_configuration", 0.7],
  },
  {
    name: "an application that is not known",
    given: { categories: { invalid_client: 100 } },
    want: ["oauth_configuration", 0.5],
  },
  {
    name: "suspected, and the metadata cannot be read",
    given: { ...suspected, oauthEvents: [oauth("failed_while_reading_metadata", "MSExchange OAuth 2007")] },
    want: ["metadata_unreachable", 0.4],
  },
  {
    name: "suspected, a key is missing and others refuse too",
    given: { ...suspected, missingKeys: { count: 1, atMs: START }, peers: [refusing("EX02")] },
    want: ["stale_keys_everywhere", 0.3],
  },
  {
    name: "suspected, and the clock is off",
    given: { ...suspected, clockOffset: { seconds: 900, atMs: START, source: "snapshot" } },
    want: ["clock_skew", 0.5],
  },
  {
    name: "crashes in series, the auth certificate has expired",
    given: {
      recycles: [{ ...crash, atMs: crash.atMs - 13 * MINUTE }, crash],
      failedChecks: [EXPIRED],
    },
    want: ["stale_keys_after_recycle", 0.75],
  },
  {
    name: "one crash, the auth certificate has expired: no series",
    given: { recycles: [crash], failedChecks: [EXPIRED] },
    want: ["stale_keys_after_recycle", 0.7],
  },
  {
    name: "crashes in series, the auth certificate is missing: that crashes nothing",
    given: {
      recycles: [{ ...crash, atMs: crash.atMs - 13 * MINUTE }, crash],
      failedChecks: [{ ...EXPIRED, found: "missing" }],
    },
    want: ["stale_keys_after_recycle", 0.7],
  },
];
