import type { ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";
import {
  bearerOf,
  cameFromBackEnd,
  challengesOf,
  diagnosticsOf,
  isExchange,
  isOtherServer,
  type Diagnostics,
  type ProbeAnswer,
  type ProbeExpectation,
} from "./answer.ts";
import { reasonOfStatus, unknown, type Judgement } from "./judge-challenge.ts";

/** A site's own reading of a refusal, which replaces that of the built-in rules. */
export interface AnswerReading {
  /** Source of a regular expression for the value of x-ms-diagnostics; matches in any case. */
  readonly pattern: string;
  readonly verdict: "accepted" | "refused_keys" | "refused_early";
}

/**
 * What the answer to a token proves about the worker's keys. Exchange validates in this order: token kind, profile, audience, issuer,
 * signature, lifetime, tenant, application and roles, user. The order is inferred from public refusals and from the text of an older
 * version; `readings` take precedence. Every answer has a verdict.
 */
export function judgeToken(
  answer: ProbeAnswer,
  expected: ProbeExpectation,
  readings: readonly AnswerReading[] = [],
): Judgement {
  if (isOtherServer(answer, expected.server)) return unknown("other_server");
  const diagnostics = diagnosticsOf(answer);
  const refusal = diagnostics === null ? null : judgeRefusal(diagnostics, readings);
  if (refusal !== null) return judged(...refusal);
  if (answer.status >= 300 && answer.status < 400) return unknown("redirect");
  if (cameFromBackEnd(answer)) return judged("accepted", "served");
  if (answer.status === 401) return judgeUnauthorised(answer);
  if (answer.status >= 200 && answer.status < 300)
    return isExchange(answer) ? judged("accepted", "served") : unknown("not_exchange");
  return unknown(reasonOfStatus(answer));
}

function judged(verdict: ProbeVerdict, reason: ProbeReason): Judgement {
  return { verdict, reason, isBearerOffered: null, isAuthorityValid: null, issuer: null };
}

/** 401 without a reason: the server received no token, or accepts none. */
function judgeUnauthorised(answer: ProbeAnswer): Judgement {
  const bearer = bearerOf(answer);
  if (bearer !== null)
    return bearer.parameters.has("error")
      ? judged("refused_early", "before_signature")
      : judged("challenged", "token_not_seen");
  return isExchange(answer) || challengesOf(answer).length > 0
    ? judged("not_offered", "no_bearer")
    : unknown("not_exchange");
}

type Read = readonly [ProbeVerdict, ProbeReason];

const READINGS: Readonly<Record<AnswerReading["verdict"], Read>> = {
  accepted: ["accepted", "after_signature"],
  refused_keys: ["refused_keys", "signature"],
  refused_early: ["refused_early", "before_signature"],
};

/** The meaning of each code except 2000001, whose text decides. */
const CODES: Readonly<Record<string, Read>> = {
  "2000000": ["refused_keys", "signature"],
  "2000002": ["refused_early", "lifetime"],
  "2000003": ["refused_early", "audience"],
  "2000004": ["accepted", "after_signature"],
  "2000005": ["accepted", "after_signature"],
  "2000006": ["accepted", "after_signature"],
  "2000007": ["refused_early", "configuration"],
  "2000008": ["accepted", "after_signature"],
  "2000009": ["refused_early", "issuer"],
  "4000000": ["challenged", "token_not_seen"],
  "4001000": ["challenged", "token_not_seen"],
  "4001001": ["challenged", "token_not_seen"],
};

function judgeRefusal({ code, text }: Diagnostics, readings: readonly AnswerReading[]): Read {
  const own = readings.find(({ pattern }) => new RegExp(pattern, "i").test(text));
  if (own !== undefined) return READINGS[own.verdict];
  if (code === "2000001") return judgeInvalidToken(text);
  return CODES[code] ?? ["refused_early", "before_signature"];
}

/** Claims that Exchange checks after the signature. */
const LATE_CLAIMS =
  /\bclaims?\b[^a-z]{0,8}(?:value[^a-z]{0,8})?\b(roles?|scp|scope|appid|appidacr|app_displayname|oid|smtp|upn|nameid|puid|unique_name)\b/;

/** 2000001 comes before the signature check, unless its text names a claim that is checked after it. */
function judgeInvalidToken(text: string): Read {
  if (text.includes("profile")) return ["refused_early", "profile"];
  if (text.includes("issuer")) return ["refused_early", "issuer"];
  return LATE_CLAIMS.test(text) ? ["accepted", "after_signature"] : ["refused_early", "before_signature"];
}
