import type { LogFormat } from "../../model/label-values.ts";
import type { RowScanner } from "../../model/row-scanner.ts";
import type { Format } from "../../model/format.ts";
import type { LogKind, ParsedLine, Schema } from "../../model/row.ts";
import { ColumnSchema } from "./column-schema.ts";
import { isOutOfRange } from "./log-time.ts";
import { rememberSchemas } from "./known-schemas.ts";
import { endOfRow, fieldsOf, isDigit, openLine, unreadable } from "./open-line.ts";
import { splitAtCommas, splitQuotedRow } from "./split-row.ts";

/**
 * A CSV log that Exchange writes itself: a `#Fields:` line, a bare line of column names, or both, and one time column.
 */
export interface CsvLog {
  /** The first column of its log source is the time. */
  readonly name: LogFormat;
  readonly parseRow: (row: CsvRow, log: LogKind) => ParsedLine;
  readonly createScanner?: () => RowScanner;
}

/**
 * A row that has been split. Its fields are in the schema's spans, which are offsets in `bytes` between `start` and
 * `end`. CSV quotes have been removed.
 */
export interface CsvRow {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly schema: ColumnSchema;
  readonly atMs: number;
}

export function createCsvFormat(log: CsvLog): Format {
  const schemaFrom = rememberSchemas((header) => schemaOf(log, header));
  return {
    name: log.name,
    schemaFrom,
    ...(log.createScanner === undefined ? {} : { createScanner: log.createScanner }),
    parse: (bytes, start, end, schema, kind) => {
      if (isDigit(bytes[start])) return parseRow(log, { bytes, start, end: endOfRow(bytes, start, end), schema, kind });
      const line = openLine(bytes, start, end);
      switch (line.kind) {
        case "blank":
          return { kind: "blank" };
        case "nothing":
          return unreadable("encoding");
        case "directive":
          return { kind: "header", schema: schemaFrom(line.text) };
        case "row":
          return parseRow(log, { start: line.start, end: line.end, bytes, schema, kind });
        case "other": {
          const bare = isBareHeader(bytes, line.start, line.end)
            ? schemaFrom(bytes.toString("utf8", line.start, line.end))
            : null;
          return bare === null
            ? parseRow(log, { start: line.start, end: line.end, bytes, schema, kind })
            : { kind: "header", schema: bare };
        }
      }
    },
  };
}

const TIME = 0;
const MAX_FIRST_NAME_LENGTH = 12;

// Sample: "DateTime",RequestId
const BARE_HEADER = /^"?(?:date-?time)"?(?:,|$)/i;

function isBareHeader(bytes: Buffer, start: number, end: number): boolean {
  return BARE_HEADER.test(bytes.toString("latin1", start, Math.min(end, start + MAX_FIRST_NAME_LENGTH)));
}

function schemaOf(log: CsvLog, header: string): ColumnSchema | null {
  const names = fieldsOf(header, /,/) ?? (BARE_HEADER.test(header) ? fieldsOf(`#Fields: ${header}`, /,/) : null);
  return names === null ? null : new ColumnSchema(log.name, header, names);
}

interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly schema: Schema | null;
  readonly kind: LogKind;
}

function parseRow(log: CsvLog, line: Line): ParsedLine {
  const { bytes, start, end, schema, kind: logKind } = line;
  if (!(schema instanceof ColumnSchema) || schema.format !== log.name) return unreadable("no_schema");
  if (!schema.isComplete) return unreadable("missing_field");
  const fields = splitAtCommas(bytes, start, end, schema);
  if (fields >= 0) return timedRow(log, { bytes, start, end, schema }, fields, logKind);
  const unquoted = splitQuotedRow(bytes, start, end, schema);
  if (unquoted === null) return unreadable("quote");
  return timedRow(log, { bytes: unquoted.bytes, start: 0, end: unquoted.end, schema }, unquoted.fields, logKind);
}

function timedRow(log: CsvLog, row: Omit<CsvRow, "atMs">, fields: number, kind: LogKind): ParsedLine {
  const { bytes, schema } = row;
  if (fields < schema.fieldsRequired) return unreadable("field_count");
  const [start, end] = [schema.startOf(TIME), schema.endOf(TIME)];
  // Sample: 2026-11-22T08:00:05.344Z
  const atMs = end - start < 19 || !isDayEnd(bytes[start + 10]) ? NaN : schema.instant(bytes, start, start + 11, end);
  if (Number.isNaN(atMs)) return unreadable("time");
  if (isOutOfRange(atMs)) return unreadable("time_out_of_range");
  return log.parseRow({ ...row, atMs }, kind);
}

function isDayEnd(code: number | undefined): boolean {
  return code === 0x54 || code === 0x20;
}
