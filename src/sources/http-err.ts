import { appPoolNamed } from "../model/app-pool.ts";
import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { ParsedLine, Schema } from "../model/row.ts";
import { isLoopback } from "./text/address.ts";
import { ColumnSchema } from "./text/column-schema.ts";
import { isOutOfRange } from "./text/log-time.ts";
import { isLiteral, literal } from "./text/literals.ts";
import { endOfRow, fieldsOf, openLine, unreadable } from "./text/open-line.ts";
import { splitAtBlanks } from "./text/split-row.ts";
import { rememberSchemas } from "./text/known-schemas.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses the HTTP.sys error log, `LogFiles\HTTPERR`. Only one reason matters: a request whose worker process went away.
 * It proves this even when a health probe sent the request, so such a row is never noise.
 */
export function createHttpErrFormat(): Format {
  const schemaFrom = rememberSchemas(schemaOf);
  return {
    name: "http_err",
    schemaFrom,
    parse: (bytes, start, end, schema) => {
      const line = openLine(bytes, start, end);
      switch (line.kind) {
        case "blank":
          return { kind: "blank" };
        case "nothing":
          return unreadable("encoding");
        case "directive":
          return { kind: "header", schema: schemaFrom(line.text) };
        case "row":
        case "other":
          return parseRow(bytes, line, schema ?? schemaFrom(DEFAULT_HEADER));
      }
    },
  };
}

/** Older Windows versions write no header; they use this column order. */
const DEFAULT_HEADER =
  "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename";

const { date: DATE, time: TIME, reason: REASON, queue: QUEUE, ip: IP } = slotsOf(LOG_SOURCES.http_err.columns);

/** Names since Windows Vista / Server 2008, and of Windows 2003. */
const ABANDONED = ["Connection_Abandoned_By_ReqQueue", "Connection_Abandoned_By_AppPool"].map(literal);

function schemaOf(header: string): ColumnSchema | null {
  const names = fieldsOf(header, /\s+/);
  return names === null ? null : new ColumnSchema("http_err", header, names);
}

function parseRow(
  bytes: Buffer,
  { start, end: lineEnd }: { readonly start: number; readonly end: number },
  schema: Schema | null,
): ParsedLine {
  if (!(schema instanceof ColumnSchema) || schema.format !== "http_err") return unreadable("no_schema");
  if (!schema.isComplete) return unreadable("missing_field");
  const end = endOfRow(bytes, start, lineEnd);
  if (splitAtBlanks(bytes, start, end, schema) < schema.fieldsRequired) return unreadable("field_count");
  const dayAt = schema.startOf(DATE);
  const atMs =
    schema.endOf(DATE) - dayAt === 10 ? schema.instant(bytes, dayAt, schema.startOf(TIME), schema.endOf(TIME)) : NaN;
  if (Number.isNaN(atMs)) return unreadable("time");
  if (isOutOfRange(atMs)) return unreadable("time_out_of_range");
  if (ABANDONED.some((name) => isLiteral(bytes, schema.startOf(REASON), schema.endOf(REASON), name))) {
    const appPool = appPoolNamed(bytes.toString("latin1", schema.startOf(QUEUE), schema.endOf(QUEUE)));
    if (appPool !== "other") return { kind: "row", row: { kind: "abandoned", atMs, appPool } };
  }
  return { kind: isLoopback(bytes, schema.startOf(IP), schema.endOf(IP)) ? "noise" : "ignored", atMs };
}
