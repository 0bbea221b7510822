import { isIPv6 } from "node:net";

/**
 * Removes tokens, account names and addresses from a text that came from elsewhere, such as an error message. Loopback
 * addresses stay. The result may be logged.
 */
export function scrub(text: string): string {
  let scrubbed = shortened(text);
  for (const { pattern, instead } of RULES) scrubbed = scrubbed.replace(pattern, instead);
  return scrubbed.replace(IPV6_CANDIDATE, (candidate) =>
    isIPv6(candidate) && candidate !== "::1" && candidate !== "::" ? "[address]" : candidate,
  );
}

const MAX_CHARACTERS = 2000;

/** Cuts at a blank, because half an account name would not be recognised. */
function shortened(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  const start = text.slice(0, MAX_CHARACTERS);
  return `${start.slice(0, start.lastIndexOf(" ") + 1)}…`;
}

interface Rule {
  readonly pattern: RegExp;
  readonly instead: string;
}

const RULES: readonly Rule[] = [
  // Sample: eyJ0eXAiOiJKV1QiLCJhbGciOi.eyJhdWQiOiIw.c2lnbmF0dXJl
  { pattern: /\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}/g, instead: "[token]" },
  // Sample: Bearer 9Zd8…, Basic dXNlcjpzZWNyZXQ=
  { pattern: /\b(Bearer|Basic|Negotiate|NTLM)[ :]+[A-Za-z0-9+/._~-]{8,}=*/gi, instead: "$1 [token]" },
  // Sample: https://user:secret@proxy.example.com
  { pattern: /\/\/[^/@\s'"]+@/g, instead: "//[account]@" },
  // Sample: /EWS/Exchange.asmx?ClientId=ABC&RequestId=1
  { pattern: /\?[\w%.-]+=[^\s'"]*/g, instead: "?[query]" },
  // Sample: jane.doe@example.com, 0f8fad5b-d9cb-469f-a165-70867728950e@example.com
  { pattern: /[\w.+'-]+@[\w-]+(?:\.[\w-]+)*/g, instead: "[account]" },
  // Sample: S-1-5-21-3623811015-3361044348-30300820-1013
  { pattern: /\bS-1-5-21(?:-\d+){3,}/g, instead: "[account]" },
  // Sample: CONTOSO\jane (and not the parts of C:\inetpub\logs\LogFiles)
  { pattern: /(?<![\w:\\./-])[A-Za-z][\w.-]{0,30}\\[\w.$-]+(?![\w.$-]|\\)/g, instead: "[account]" },
  // Sample: 203.0.113.7 (and not 127.0.0.1)
  {
    pattern: /\b(?!127\.|0\.0\.0\.0)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b(?!\.\d)/g,
    instead: "[address]",
  },
];

// Sample: 2001:db8::1 (08:10:00 is a candidate too, and stays)
const IPV6_CANDIDATE = /(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:](?!\w)/g;
