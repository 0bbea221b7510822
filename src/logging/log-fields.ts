import { types } from "node:util";
import { scrub } from "./scrub.ts";

/** Allowed fields of a log line. A text under any other name is withheld. */
const LOG_FIELDS = [
  "action",
  "address",
  "aheadSeconds",
  "alert",
  "allowed",
  "amount",
  "appPool",
  "applied",
  "attempt",
  "because",
  "bytes",
  "cause",
  "causes",
  "channel",
  "check",
  "checks",
  "code",
  "collector",
  "column",
  "command",
  "confidence",
  "config",
  "count",
  "document",
  "durationMs",
  "end",
  "endpoint",
  "error",
  "every",
  "exitCode",
  "farm",
  "fault",
  "faults",
  "field",
  "file",
  "files",
  "folder",
  "format",
  "formats",
  "found",
  "from",
  "how",
  "id",
  "incident",
  "iis",
  "exchange",
  "key",
  "kind",
  "line",
  "lines",
  "lookback",
  "method",
  "mode",
  "name",
  "nodeVersion",
  "note",
  "object",
  "offset",
  "output",
  "outcome",
  "page",
  "part",
  "path",
  "paths",
  "pid",
  "platform",
  "poll",
  "port",
  "protocol",
  "reason",
  "reasons",
  "revision",
  "rows",
  "seconds",
  "server",
  "servers",
  "service",
  "severity",
  "signal",
  "since",
  "snapshot",
  "source",
  "speed",
  "start",
  "state",
  "stateFolder",
  "status",
  "step",
  "text",
  "title",
  "to",
  "url",
  "verdict",
  "version",
  "waiting",
  "wanted",
  "what",
  "where",
] as const;

/** Fields of a log line. An error becomes its message; of a list at most 100 items are written; a map is withheld. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** Fields about the exporter itself: they look like addresses but are not private. */
const OWN_FIELDS: readonly string[] = ["address", "url", "version", "nodeVersion"];

/** Paths: the end of `C:\Web Logs\W3SVC1` looks like a domain account. */
const PLACE_FIELDS: readonly string[] = ["path", "file", "folder", "farm", "stateFolder"];

/** Field names that the log line itself uses. */
const RESERVED: readonly string[] = ["time", "level", "message", "msg"];

const allowed: ReadonlySet<string> = new Set<string>(LOG_FIELDS);

/** The fields without private data. */
export function guardFields(fields: LogFields): Readonly<Record<string, LogValue>> {
  const guarded: Record<string, LogValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (RESERVED.includes(name) || value === undefined || typeof value === "function" || typeof value === "symbol")
      continue;
    guarded[name] = guardValue(name, value);
  }
  return guarded;
}

function guardValue(name: string, value: unknown): LogValue {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (!allowed.has(name)) return "[withheld]";
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => guardItem(name, item));
  return guardItem(name, value);
}

function guardItem(name: string, value: unknown): string | number | boolean | null {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (types.isNativeError(value)) return scrub(errorText(value));
  if (typeof value === "string") return scrubText(name, value);
  return typeof value === "bigint" ? String(value) : "[withheld]";
}

function scrubText(name: string, text: string): string {
  if (OWN_FIELDS.includes(name)) return withoutAccount(text);
  return PLACE_FIELDS.includes(name) ? text.split("\\").map(scrub).join("\\") : scrub(text);
}

/** The messages of an error and of its causes. */
function errorText(error: Error): string {
  const messages = [error.message];
  let cause: unknown = error.cause;
  for (let depth = 0; depth < 5 && types.isNativeError(cause); depth++) {
    const { message } = cause;
    if (!messages.some((said) => said.includes(message))) messages.push(message);
    cause = cause.cause;
  }
  return messages.join(": ");
}

function withoutAccount(text: string): string {
  // Sample: https://user:secret@127.0.0.1:10401
  return text.replace(/\/\/[^/@\s]*@/, "//[account]@");
}
