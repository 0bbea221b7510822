/** A part of a snapshot that could not be read and was left out. */
export interface SnapshotFault {
  /** `authServers[2].Enabled` */
  readonly path: string;
  readonly text: string;
}

/** Receives the faults of one snapshot. At most `MAX_FAULTS` are kept. */
export type FaultSink = (path: string, text: string) => void;

export const MAX_FAULTS = 100;
/** Maximum length of a list in a snapshot: enough for ten rows from each of 2,000 servers. */
export const MAX_ITEMS = 20_000;
/** Maximum length of a text: enough for a certificate with 16,384 bits in base64. */
export const MAX_TEXT = 16_384;

/**
 * Reads the properties of one object of a snapshot, as written by PowerShell 5.1, PowerShell 7 or a person. A property
 * that is absent, null or unreadable gives null; unreadable ones are reported as faults. Never throws.
 */
export interface Fields {
  readonly path: string;
  /** Reports a fault of the object as a whole. */
  readonly reject: (text: string) => void;
  /** Reads a text; "" when the property is null or empty. Numbers and flags become text. */
  readonly text: (name: string) => string | null;
  /** Reads true, false, "True", "$false", 1 or 0. */
  readonly flag: (name: string) => boolean | null;
  readonly number: (name: string) => number | null;
  /** Unix milliseconds of an ISO 8601 text or of `/Date(ms)/`. Year 1, .NET's "never", gives null. */
  readonly instant: (name: string) => number | null;
  readonly texts: (name: string) => readonly string[] | null;
  /** A list of words, possibly in a single text: `Ntlm, OAuth`, `{Ntlm, OAuth}`. */
  readonly words: (name: string) => readonly string[] | null;
  /** The objects of a list; other items are faults. A single object counts as a list of one. */
  readonly list: (name: string) => readonly Fields[] | null;
  readonly object: (name: string) => Fields | null;
}

/** Reader of an object; null when the value is not an object. Property names ignore case. */
export function fieldsOf(value: unknown, path: string, fault: FaultSink): Fields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const byName = new Map<string, unknown>();
  for (const [name, content] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (!byName.has(key)) byName.set(key, content);
  }
  const get = (name: string): unknown => byName.get(name.toLowerCase());
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const read = <T>(name: string, kind: string, convert: (value: unknown) => T | null): T | null => {
    const found = get(name);
    if (found === undefined || found === null) return null;
    const result = convert(found);
    if (result === null) fault(at(name), `Cannot read a ${kind}: the value is ${describe(found)}`);
    return result;
  };
  return {
    path,
    reject: (text) => fault(path, text),
    text: (name) => (get(name) === null ? "" : read(name, "text", textOf)),
    flag: (name) => read(name, "flag", flagOf),
    number: (name) => read(name, "number", numberOf),
    instant: (name) => (isNoInstant(get(name)) ? null : read(name, "time", instantOf)),
    texts: (name) => read(name, "list of texts", textsOf),
    words: (name) => read(name, "list of words", wordsOf),
    list: (name) => listOf(get(name), at(name), fault),
    object: (name) => {
      const found = get(name);
      if (found === undefined || found === null) return null;
      const fields = fieldsOf(found, at(name), fault);
      if (fields === null) fault(at(name), `Cannot read an object: the value is ${describe(found)}`);
      return fields;
    },
  };
}

function listOf(value: unknown, path: string, fault: FaultSink): readonly Fields[] | null {
  if (value === undefined || value === null) return null;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length > MAX_ITEMS)
    fault(path, `Cannot keep all items: there are ${items.length}, at most ${MAX_ITEMS} are allowed`);
  const list: Fields[] = [];
  items.slice(0, MAX_ITEMS).forEach((item, index) => {
    const fields = fieldsOf(item, `${path}[${index}]`, fault);
    if (fields === null) fault(`${path}[${index}]`, `Cannot read an object: the value is ${describe(item)}`);
    else list.push(fields);
  });
  // When no item of a list could be read, the list is unknown, not empty.
  return list.length === 0 && items.length > 0 ? null : list;
}

/**
 * Property names that ConvertTo-Json gives to .NET values: enums of Import-Clixml, Uri, SmtpDomain, ADObjectId.
 * Versions are read by their numbers.
 */
const TEXT_PROPERTIES = ["value", "absoluteuri", "originalstring", "domain", "address", "name"] as const;

function textOf(value: unknown): string | null {
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const properties = new Map<string, unknown>();
  for (const [name, content] of Object.entries(value)) {
    // Prefer `Value` (the name of an enum member) to `value` (its number).
    if (typeof content === "string" || !properties.has(name.toLowerCase())) properties.set(name.toLowerCase(), content);
  }
  const version = ["major", "minor", "build", "revision"].map((name) => properties.get(name));
  if (version.every((part) => typeof part === "number")) return version.join(".");
  for (const name of TEXT_PROPERTIES) {
    const content = properties.get(name);
    if (typeof content === "string") return cleanText(content);
  }
  return null;
}

function cleanText(text: string): string {
  // Sample: "EX01\r\n\u001b[2J"
  // eslint-disable-next-line no-control-regex -- a snapshot's text goes to terminals and log lines, where control characters are commands
  const control = /[\u0000-\u001f\u007f-\u009f]+/g;
  return text.slice(0, MAX_TEXT).replace(control, " ").trim();
}

function flagOf(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== "string") return null;
  // Sample: $True
  const match = /^\$?(true|false)$/i.exec(value.trim());
  return match === null ? null : match[1]?.toLowerCase() === "true";
}

function numberOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  // Sample: -12.5
  if (typeof value === "string" && /^\s*[-+]?\d{1,15}(\.\d{1,9})?\s*$/.test(value)) return Number(value);
  return null;
}

const YEAR_100_MS = Date.UTC(100, 0, 1);
const YEAR_9999_MS = Date.UTC(9999, 0, 1);

function isNoInstant(value: unknown): boolean {
  if (value === "") return true;
  const atMs = instantOf(value);
  return atMs !== null && (atMs < YEAR_100_MS || atMs > YEAR_9999_MS);
}

function instantOf(value: unknown): number | null {
  if (typeof value === "object" && value !== null && "value" in value)
    return typeof value.value === "object" ? null : instantOf(value.value);
  if (typeof value !== "string") return null;
  // Sample: /Date(1575413252000)/ or /Date(1575413252000-0800)/
  const dotNet = /^\/Date\((-?\d{1,17})([-+]\d{4})?\)\/$/.exec(value.trim());
  if (dotNet !== null) return Number(dotNet[1]);
  // Sample: 2019-12-03T22:47:32.8071985Z or 2019-12-03T14:47:32-08:00; without a zone the time is UTC
  const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[-+]\d{2}:\d{2})?$/.exec(value.trim());
  if (iso === null) return null;
  const atMs = Date.parse(`${iso[1]}T${iso[2]}${(iso[3] ?? "").slice(0, 4)}${iso[4] ?? "Z"}`);
  return Number.isNaN(atMs) ? null : atMs;
}

function textsOf(value: unknown): readonly string[] | null {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts: string[] = [];
  for (const item of items.slice(0, MAX_ITEMS)) {
    const text = textOf(item);
    if (text === null) return null;
    if (text !== "") texts.push(text);
  }
  return texts;
}

function wordsOf(value: unknown): readonly string[] | null {
  // Sample: {Ntlm, OAuth, Negotiate}
  return (
    textsOf(value)?.flatMap((text) =>
      text
        .replace(/[{}]/g, " ")
        .split(/[,\s]+/)
        .filter((word) => word !== ""),
    ) ?? null
  );
}

/** The kind of a value, never its content. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "string" ? `a text of ${value.length} characters` : `of the type ${typeof value}`;
}
