/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** Scheme in lower case: `bearer`, `negotiate`, `ntlm`, `basic`. */
  readonly scheme: string;
  /** Parameters by lower-case name, including unknown ones. For a repeated name, the first value is used. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Limits; further challenges and parameters are ignored. An answer of Exchange has five challenges and seven parameters. */
const MAX_CHALLENGES = 16;
const MAX_PARAMETERS = 32;

/**
 * The challenges of all lines of the header, in order (RFC 9110 §11.6.1). Commas inside quotes belong to their value, names match in any
 * case, and unreadable parts are skipped. Never throws.
 */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const line of lines) {
    // In a new line, a parameter without a scheme before it is ignored.
    let open: { scheme: string; parameters: Map<string, string> } | null = null;
    for (const part of splitOutsideQuotes(line)) {
      const begun = schemeOf(part);
      if (begun !== null) {
        if (challenges.length === MAX_CHALLENGES) return challenges;
        open = { scheme: begun.scheme, parameters: new Map() };
        challenges.push(open);
      }
      const parameter = parameterOf(begun === null ? part : begun.rest);
      if (open === null || parameter === null || open.parameters.size === MAX_PARAMETERS) continue;
      if (!open.parameters.has(parameter.name)) open.parameters.set(parameter.name, parameter.value);
    }
  }
  return challenges;
}

/** The first challenge with that scheme; null without one. */
export function challengeOf(challenges: readonly Challenge[], scheme: string): Challenge | null {
  return challenges.find((challenge) => challenge.scheme === scheme) ?? null;
}

function splitOutsideQuotes(line: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (isQuoted && character === "\\") at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === "," && !isQuoted) {
      parts.push(line.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(line.slice(from).trim());
  return parts.filter((part) => part !== "");
}

/** A scheme is a token before a blank or the end. `name=` is a parameter, also with blanks around the equals sign. */
function schemeOf(part: string): { readonly scheme: string; readonly rest: string } | null {
  // Sample: Bearer client_id="00000002-0000-0ff1-ce00-000000000000"
  const match = /^([!#$%&'*+.^_`|~0-9a-z-]{1,60})(?:[ \t]+(.*))?$/is.exec(part);
  if (match === null) return null;
  const rest = match[2] ?? "";
  return rest.startsWith("=") ? null : { scheme: (match[1] ?? "").toLowerCase(), rest };
}

function parameterOf(text: string): { readonly name: string; readonly value: string } | null {
  // Sample: trusted_issuers="00000001-0000-0000-c000-000000000000@tenant,00000004-0000-0ff1-ce00-000000000000@contoso.com"
  const match = /^([!#$%&'*+.^_`|~0-9a-z-]{1,60})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"?|([^\s",]*))/is.exec(text);
  if (match === null) return null;
  const quoted = match[2];
  const value = quoted === undefined ? (match[3] ?? "") : quoted.replace(/\\(.)/gs, "$1");
  return { name: (match[1] ?? "").toLowerCase(), value: value.slice(0, 4_096) };
}
