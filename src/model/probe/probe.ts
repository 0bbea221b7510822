import type { Protocol } from "../label-values.ts";

/**
 * `challenge`: sends an empty Bearer header; the answer shows which authentication the server offers. `token`: sends a
 * real token; the answer shows whether the server accepts its key.
 */
export const PROBE_KINDS = ["challenge", "token"] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** The protocols whose virtual directories can be probed. */
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

/**
 * Protocols whose virtual directories accept an application's token. The others refuse it before they check its
 * signature.
 */
export const TOKEN_PROTOCOLS: readonly ProbeProtocol[] = ["ews", "autodiscover", "rest"];

/**
 * - `accepted`: the worker process checked the token's signature and accepted it.
 * - `refused_keys`: the worker process lacks the key that signed the token.
 * - `refused_early`: refused by a check that comes before the signature, so it says nothing about the keys.
 * - `offered`: the server offers Bearer with a valid authority.
 * - `not_offered`: the server does not send clients to an authority.
 * - `challenged`: a token was sent, but the server did not see it.
 * - `no_token`: the authority did not issue a token.
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

/** Verdicts that only the token probe gives. */
const TOKEN_VERDICTS: readonly string[] = ["accepted", "refused_keys", "refused_early", "challenged", "no_token"];

/**
 * True when a protocol can have the verdict. Protocols that accept no application's token never get a token verdict.
 */
export function isPossibleVerdict(protocol: string, verdict: string): boolean {
  return !TOKEN_VERDICTS.includes(verdict) || TOKEN_PROTOCOLS.some((one) => one === protocol);
}

/** The verdict of a healthy server. */
export const GOOD_VERDICT: Readonly<Record<ProbeKind, ProbeVerdict>> = { challenge: "offered", token: "accepted" };

/** The authority that clients are sent to: Entra ID, AD FS, or a configured host. */
export type OfferedIssuer = "entra" | "adfs" | "configured";

export const PROBE_PHASES = ["connect", "tls", "processing"] as const;
export type ProbePhase = (typeof PROBE_PHASES)[number];

/** Reasons for verdicts. The set is closed, so that no text of an answer reaches an output. */
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

/** Result of one request to one server. */
export interface ProbeOutcome {
  readonly server: string;
  readonly protocol: ProbeProtocol;
  readonly probe: ProbeKind;
  /** Public host name used for the request. */
  readonly namespace: string;
  /** End of the request, Unix milliseconds. */
  readonly atMs: number;
  readonly verdict: ProbeVerdict;
  readonly reason: ProbeReason;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  /** The answer has a Bearer challenge; null when unknown. */
  readonly isBearerOffered: boolean | null;
  /** The challenge names a known authority; null when unknown. */
  readonly isAuthorityValid: boolean | null;
  /** Kind of authority in the challenge; null when it names no known one. */
  readonly issuer: OfferedIssuer | null;
  /** Duration in seconds of each phase that was reached. */
  readonly seconds: Readonly<Partial<Record<ProbePhase, number>>>;
  /** Expiry of the server's certificate, Unix milliseconds; null when there was none. */
  readonly tlsNotAfterMs: number | null;
  /**
   * Server's clock minus the exporter's, in seconds, from the `Date` header (precise to about one second); null without
   * this header.
   */
  readonly clockOffsetSeconds: number | null;
  /** Key that signed the token (`kid`), for the token probe; null otherwise. */
  readonly keyId: string | null;
  /** AADSTS number or OAuth error code for `no_token`; null otherwise. */
  readonly errorNumber: string | null;
  /** The challenge request carried an identity. */
  readonly hasIdentity: boolean;
}

export function isProbeProtocol(text: string): text is ProbeProtocol {
  return PROBE_PROTOCOLS.some((protocol) => protocol === text);
}

/** True when the verdict is that of a healthy server. */
export function isGood(outcome: Pick<ProbeOutcome, "probe" | "verdict">): boolean {
  return outcome.verdict === GOOD_VERDICT[outcome.probe];
}
