import type { Protocol } from "../label-values.ts";

/** `challenge`: an empty Bearer, answered by what the server offers. `token`: a real token, answered by whether its key is accepted. */
export const PROBE_KINDS = ["challenge", "token"] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** The protocols whose virtual directories can be asked. */
export const PROBE_PROTOCOLS = [
  "ews",
  "mapi",
  "autodiscover",
  "eas",
  "oab",
  "rest",
  "owa",
  "ecp",
] as const satisfies readonly Protocol[];
export type ProbeProtocol = (typeof PROBE_PROTOCOLS)[number];

/** Those whose virtual directories take a token of an application; the others refuse one before they check its signature. */
export const TOKEN_PROTOCOLS: readonly ProbeProtocol[] = ["ews", "autodiscover", "rest"];

/**
 * - `accepted`: the token's signature was checked with the worker's keys and passed.
 * - `refused_keys`: the worker does not hold the key that signed it.
 * - `refused_early`: refused for something that is checked before the signature, which says nothing of the keys.
 * - `offered`: Bearer with a valid authority.
 * - `not_offered`: clients are not sent to an authority.
 * - `challenged`: a token was sent, and the server saw none.
 * - `no_token`: the authority issued no token.
 */
export const PROBE_VERDICTS = [
  "accepted",
  "refused_keys",
  "refused_early",
  "offered",
  "not_offered",
  "challenged",
  "no_token",
  "tls",
  "unreachable",
  "unknown",
] as const;
export type ProbeVerdict = (typeof PROBE_VERDICTS)[number];

/** Verdicts that only a token finds. */
const TOKEN_VERDICTS: readonly string[] = ["accepted", "refused_keys", "refused_early", "challenged", "no_token"];

/** Whether a protocol can have the verdict: where no token of an application is taken, none is sent. */
export function isPossibleVerdict(protocol: string, verdict: string): boolean {
  return !TOKEN_VERDICTS.includes(verdict) || TOKEN_PROTOCOLS.some((one) => one === protocol);
}

/** The verdict that a healthy server gets. */
export const GOOD_VERDICT: Readonly<Record<ProbeKind, ProbeVerdict>> = { challenge: "offered", token: "accepted" };

/** Whom clients are sent to: Entra ID, AD FS, or a host that the configuration names. */
export type OfferedIssuer = "entra" | "adfs" | "configured";

export const PROBE_PHASES = ["connect", "tls", "processing"] as const;
export type ProbePhase = (typeof PROBE_PHASES)[number];

/** Why a verdict is what it is: a closed set, so that nothing of an answer's own text reaches an output. */
export const PROBE_REASONS = {
  bearer_offered: "Bearer is offered with a valid authority",
  no_bearer: "the answer offers no Bearer: OAuth is off on the virtual directory",
  no_authority: "Bearer is offered without an authorization_uri: not exactly one default authorization endpoint",
  authority: "the authorization_uri is of no known authority",
  identity_needed: "no authority is offered without an identity: configure probe.identity",
  identity_refused:
    "no authority is offered to the identity: modern authentication is off, its policy blocks it or its domain is none of ours",
  logon_page: "the answer leads to the logon page and not to an authority",
  signature: "the worker does not hold the key that signed the token",
  before_signature: "refused before the signature was checked",
  profile: "the virtual directory takes no token of an application",
  audience: "the audience of the token is not the name that was asked for",
  issuer: "the issuer of the token is unknown to the server",
  lifetime: "the token is expired or not yet valid for the server: a clock differs",
  configuration: "the server could not load its OAuth configuration",
  after_signature: "refused for what is checked after the signature",
  served: "the token was accepted",
  token_not_seen: "a token was sent and the server saw none",
  token_seen: "no token was sent and the server refused one",
  other_server: "another server answered",
  exchange_online: "Exchange Online answered",
  moved: "the mailbox of the identity is in Exchange Online",
  redirect: "the answer is a redirect, which is not followed",
  not_exchange: "the answer is not one of Exchange",
  status: "the status of the answer tells nothing",
  starting: "the server answers 500: it may be starting",
  pool_off: "the server answers 503: the application pool is off",
  refused: "the connection was refused or reset",
  no_route: "the address cannot be reached",
  name: "the address has no DNS entry",
  connect_timeout: "no connection in time",
  answer_timeout: "no whole answer in time",
  broken: "the answer is broken",
  too_large: "the answer is longer than allowed",
  certificate_name: "the certificate is not for the name that was asked for",
  certificate_expired: "the certificate has expired or is not yet valid",
  certificate_untrusted: "the certificate is not trusted",
  handshake: "the TLS handshake failed",
  token_refused: "the authority refused to issue a token",
  token_resource: "the authority knows no resource of that name: the service principal name is missing",
  token_credential: "the authority refused the credential",
  token_throttled: "the authority asks for fewer requests",
  token_unreachable: "the authority could not be reached",
  token_credential_file: "the credential file cannot be read",
  challenge_first: "no token was sent because the challenge did not prove the server",
} as const;
export type ProbeReason = keyof typeof PROBE_REASONS;
export const PROBE_REASON_NAMES: readonly ProbeReason[] = Object.keys(PROBE_REASONS).filter(isProbeReason);

function isProbeReason(text: string): text is ProbeReason {
  return Object.hasOwn(PROBE_REASONS, text);
}

/** What one request to one server found. */
export interface ProbeOutcome {
  readonly server: string;
  readonly protocol: ProbeProtocol;
  readonly probe: ProbeKind;
  /** Public name under which it was asked. */
  readonly namespace: string;
  /** End of the request, Unix milliseconds. */
  readonly atMs: number;
  readonly verdict: ProbeVerdict;
  readonly reason: ProbeReason;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** A Bearer challenge is in the answer; null when unknown. */
  readonly isBearerOffered: boolean | null;
  /** It names an authority, and that is a known one; null when unknown. */
  readonly isAuthorityValid: boolean | null;
  /** Whose authority it names; null without a known one. */
  readonly issuer: OfferedIssuer | null;
  /** Phases that were reached, seconds. */
  readonly seconds: Readonly<Partial<Record<ProbePhase, number>>>;
  /** Expiry of the server's certificate; null without one. */
  readonly tlsNotAfterMs: number | null;
  /** Server's clock minus ours by the answer's `Date`, seconds, to about one second; null without that header. */
  readonly clockOffsetSeconds: number | null;
  /** Key that signed the token (`kid`), for the token probe; null otherwise. */
  readonly keyId: string | null;
  /** AADSTS number or OAuth error code for `no_token`; null otherwise. */
  readonly errorNumber: string | null;
  /** An identity was sent with the challenge. */
  readonly hasIdentity: boolean;
}

export function isProbeProtocol(text: string): text is ProbeProtocol {
  return PROBE_PROTOCOLS.some((protocol) => protocol === text);
}

/** The outcome is what a healthy server gives. */
export function isGood(outcome: Pick<ProbeOutcome, "probe" | "verdict">): boolean {
  return outcome.verdict === GOOD_VERDICT[outcome.probe];
}
