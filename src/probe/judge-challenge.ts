import type { OfferedIssuer, ProbeProtocol, ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";
import {
  bearerOf,
  challengesOf,
  diagnosticsOf,
  headerValue,
  isExchange,
  isForeign,
  isOtherServer,
  type Diagnostics,
  type ProbeAnswer,
  type ProbeExpectation,
} from "./answer.ts";
import { authorityOf, offeredIssuer } from "./authority.ts";
import type { Challenge } from "./challenge.ts";

/** What an answer shows. `null` if it does not show it. */
export interface Judgement {
  readonly verdict: ProbeVerdict;
  readonly reason: ProbeReason;
  readonly isBearerOffered: boolean | null;
  readonly isAuthorityValid: boolean | null;
  readonly issuer: OfferedIssuer | null;
}

/** The verdict on a server from its answer to an empty `Authorization: Bearer`. Every answer has a verdict. */
export function judgeChallenge(answer: ProbeAnswer, protocol: ProbeProtocol, expected: ProbeExpectation): Judgement {
  if (isOtherServer(answer, expected.server)) return unknown("other_server");
  const bearer = bearerOf(answer);
  if (bearer !== null && isExchangeOnline(answer, bearer)) return unknown("exchange_online");
  if (answer.status === 451) return unknown("moved");
  if (answer.status >= 300 && answer.status < 400) return judgeRedirect(answer, protocol, expected);
  if (answer.status !== 401) return unknown(reasonOfStatus(answer));
  if (bearer === null) return withoutBearer(answer);
  return judgeBearer(bearer, diagnosticsOf(answer), expected);
}

export function unknown(reason: ProbeReason): Judgement {
  return { verdict: "unknown", reason, isBearerOffered: null, isAuthorityValid: null, issuer: null };
}

/** Why an answer that is neither 401 nor a redirect is unusable. */
export function reasonOfStatus(answer: ProbeAnswer): ProbeReason {
  if (answer.status === 503) return "pool_off";
  if (answer.status === 500) return "starting";
  return isExchange(answer) ? "status" : "not_exchange";
}

function judgeBearer(bearer: Challenge, diagnostics: Diagnostics | null, expected: ProbeExpectation): Judgement {
  const seen = { isBearerOffered: true, isAuthorityValid: null, issuer: null };
  if (diagnostics !== null && /^4(?:000000|00100[01])$/.test(diagnostics.code)) {
    const isIdentitys = expected.identity !== null && diagnostics.text.includes(expected.identity.trim().toLowerCase());
    return isIdentitys
      ? { ...seen, verdict: "not_offered", reason: "identity_refused" }
      : { ...seen, verdict: "unknown", reason: "identity_needed" };
  }
  const authority = authorityOf(bearer);
  if (authority !== null) {
    const issuerKind = bearer.parameters.get("issuer_kind") ?? null;
    const issuer = offeredIssuer(authority, issuerKind, expected.authorities);
    return issuer === null
      ? { ...seen, verdict: "not_offered", reason: "authority", isAuthorityValid: false }
      : offered(issuer);
  }
  // The server refuses a token, but none was sent: a device in between adds one.
  if (diagnostics !== null) return { ...seen, verdict: "unknown", reason: "token_seen" };
  return { ...seen, verdict: "not_offered", reason: "no_authority", isAuthorityValid: false };
}

function offered(issuer: OfferedIssuer): Judgement {
  return { verdict: "offered", reason: "bearer_offered", isBearerOffered: true, isAuthorityValid: true, issuer };
}

function withoutOffer(reason: ProbeReason): Judgement {
  return { verdict: "not_offered", reason, isBearerOffered: false, isAuthorityValid: null, issuer: null };
}

/**
 * Bearer is not among the schemes. Any web server can answer like this, so an answer that names another server proves nothing about
 * Exchange.
 */
function withoutBearer(answer: ProbeAnswer): Judgement {
  const isKnown = isExchange(answer) || (challengesOf(answer).length > 0 && !isForeign(answer));
  if (!isKnown) return unknown("not_exchange");
  return withoutOffer("no_bearer");
}

/** OWA and ECP answer a browser with a redirect: to the authority if modern authentication is on, otherwise to the logon page. */
function judgeRedirect(answer: ProbeAnswer, protocol: ProbeProtocol, expected: ProbeExpectation): Judgement {
  const location = headerValue(answer, "location") ?? "";
  if (protocol !== "owa" && protocol !== "ecp") return unknown("redirect");
  const issuer = offeredIssuer(location, "adfs", expected.authorities);
  if (issuer !== null) return offered(issuer);
  // Sample: https://mail.contoso.com/owa/auth/logon.aspx?url=https%3a%2f%2fmail.contoso.com%2fowa%2f
  if (/\/owa\/auth\/logon\.aspx/i.test(location)) return withoutOffer("logon_page");
  return unknown("redirect");
}

/** Exchange Online trusts issuers of every tenant, has no realm for Basic, and its front ends have other names. */
function isExchangeOnline(answer: ProbeAnswer, bearer: Challenge): boolean {
  // Sample: 00000001-0000-0000-c000-000000000000@*
  if ((bearer.parameters.get("trusted_issuers") ?? "").split(",").some((issuer) => issuer.trim().endsWith("@*")))
    return true;
  // Sample: AM0PR01CA0012.eurprd01.prod.exchangelabs.com
  return /\.(?:prod\.exchangelabs|outlook)\.com$/i.test(headerValue(answer, "x-calculatedbetarget") ?? "");
}
