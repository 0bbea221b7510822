import { challengeOf, parseChallenges, type Challenge } from "./challenge.ts";

/** The head of an answer, as the server sent it. */
export interface ProbeAnswer {
  readonly status: number;
  /** Name and value of every header line, in order; names as received. */
  readonly headers: readonly (readonly [string, string])[];
}

/** The properties of the request that the rules need. */
export interface ProbeExpectation {
  /** Short name of the probed server. */
  readonly server: string;
  /** The identity sent with the request; null without one. */
  readonly identity: string | null;
  /** Hosts of authorities in addition to the known ones, in lower case. */
  readonly authorities: readonly string[];
}

/** `x-ms-diagnostics: <code>;reason="<text>";error_category="<name>"`. */
export interface Diagnostics {
  readonly code: string;
  /** The whole value in lower case: only for rules, never for an output. */
  readonly text: string;
}

/** Values of all header lines with that name (lower case). */
export function headerValues(answer: ProbeAnswer, name: string): readonly string[] {
  return answer.headers.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
}

export function headerValue(answer: ProbeAnswer, name: string): string | null {
  return headerValues(answer, name)[0] ?? null;
}

export function challengesOf(answer: ProbeAnswer): readonly Challenge[] {
  return parseChallenges(headerValues(answer, "www-authenticate"));
}

export function bearerOf(answer: ProbeAnswer): Challenge | null {
  return challengeOf(challengesOf(answer), "bearer");
}

/** The first diagnostics header of the answer; null without one. */
export function diagnosticsOf(answer: ProbeAnswer): Diagnostics | null {
  for (const value of headerValues(answer, "x-ms-diagnostics")) {
    // Sample: 2000003;reason="The hostname component of the audience claim value is invalid.";error_category="invalid_resource"
    const match = /^\s*(\d{4,10})\s*(?:;|$)/.exec(value);
    if (match !== null) return { code: match[1] ?? "", text: value.slice(0, 4_096).toLowerCase() };
  }
  return null;
}

/** Headers that only Exchange (or its IIS modules) sends. */
const EXCHANGE_HEADERS: ReadonlySet<string> = new Set([
  "x-feserver",
  "x-beserver",
  "x-calculatedbetarget",
  "x-owa-version",
  "x-failurecontext",
  "x-ms-diagnostics",
  "x-diaginfo",
  "x-mapi-response-code",
  "ms-server-activesync",
]);

/** The answer has a header that only Exchange sends. */
export function isExchange(answer: ProbeAnswer): boolean {
  return answer.headers.some(([name]) => EXCHANGE_HEADERS.has(name.toLowerCase()));
}

/** The answer names a web server that is not Microsoft's. */
export function isForeign(answer: ProbeAnswer): boolean {
  const server = headerValue(answer, "server");
  // Sample: Microsoft-IIS/10.0 and Microsoft-HTTPAPI/2.0
  return server !== null && server.trim() !== "" && !/^microsoft-/i.test(server.trim());
}

/** The request was proxied to the back end, so the front end had accepted the token. */
export function cameFromBackEnd(answer: ProbeAnswer): boolean {
  return (
    headerValue(answer, "x-calculatedbetarget") !== null ||
    headerValue(answer, "x-beserver") !== null ||
    // Sample: BackEnd;401;<base64>;;;;
    /^\s*backend\b/i.test(headerValue(answer, "x-failurecontext") ?? "")
  );
}

/** The answer names another server than the probed one. */
export function isOtherServer(answer: ProbeAnswer, server: string): boolean {
  const name = (headerValue(answer, "x-feserver") ?? "").trim().toLowerCase();
  const asked = server.toLowerCase();
  return name !== "" && name !== asked && name.split(".")[0] !== asked.split(".")[0];
}
