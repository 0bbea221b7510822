import type { ColumnSchema } from "./column-schema.ts";

/** Finds the wanted fields of a row and writes their bounds to the schema's `spans`. */

const BLANK = 0x20;
const COMMA = 0x2c;
const QUOTE = 0x22;

/** Splits at every blank. Returns the number of fields found; stops after the last wanted one. */
export function splitAtBlanks(bytes: Uint8Array, start: number, end: number, schema: ColumnSchema): number {
  const { slotOfColumn, spans, fieldsWanted } = schema;
  let column = 0;
  let from = start;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== BLANK) continue;
    setSpan(spans, slotOfColumn[column], from, at);
    column += 1;
    if (column === fieldsWanted) return column;
    from = at + 1;
  }
  setSpan(spans, slotOfColumn[column], from, end);
  clearFrom(schema, column + 1);
  return column + 1;
}

/**
 * Splits at every comma, like `splitAtBlanks`. Returns -1 when a double quote occurs before the end of the last wanted
 * field.
 */
export function splitAtCommas(bytes: Uint8Array, start: number, end: number, schema: ColumnSchema): number {
  const { slotOfColumn, spans, fieldsWanted } = schema;
  let column = 0;
  let from = start;
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    // Letters and digits have higher codes than comma and quote.
    if (code > COMMA) continue;
    if (code === QUOTE) return -1;
    if (code !== COMMA) continue;
    setSpan(spans, slotOfColumn[column], from, at);
    column += 1;
    if (column === fieldsWanted) return column;
    from = at + 1;
  }
  setSpan(spans, slotOfColumn[column], from, end);
  clearFrom(schema, column + 1);
  return column + 1;
}

/** A row without its CSV quotes. The schema's spans are offsets in its `bytes`, which the schema's next row overwrites. */
export interface UnquotedRow {
  readonly bytes: Buffer;
  readonly end: number;
  readonly fields: number;
}

/**
 * Splits a row with quotes as RFC 4180 defines; null when a quote is not closed. A quote inside a field that does not
 * begin with one is an ordinary character, and so is any text between a closing quote and the comma.
 */
export function splitQuotedRow(bytes: Buffer, start: number, end: number, schema: ColumnSchema): UnquotedRow | null {
  const { slotOfColumn, spans } = schema;
  const unquoted = schema.room(end - start);
  let to = 0;
  let column = 0;
  let from = 0;
  let isQuoted = false;
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (isQuoted && code === QUOTE) {
      if (bytes[at + 1] !== QUOTE || at + 1 >= end) isQuoted = false;
      else unquoted[to++] = bytes[++at] ?? 0;
    } else if (!isQuoted && code === COMMA) {
      setSpan(spans, slotOfColumn[column++], from, to);
      unquoted[to++] = COMMA;
      from = to;
    } else if (code === QUOTE && to === from && (at === start || bytes[at - 1] === COMMA)) {
      isQuoted = true;
    } else {
      unquoted[to++] = code;
    }
  }
  if (isQuoted) return null;
  setSpan(spans, slotOfColumn[column], from, to);
  clearFrom(schema, column + 1);
  return { bytes: unquoted, end: to, fields: column + 1 };
}

/** Clears the slots of the columns that this row lacks; they still hold the spans of an earlier row. */
function clearFrom({ slotOfColumn, spans }: ColumnSchema, firstMissing: number): void {
  for (let column = firstMissing; column < slotOfColumn.length; column++) setSpan(spans, slotOfColumn[column], 0, 0);
}

function setSpan(spans: Int32Array, slot: number | undefined, from: number, to: number): void {
  if (slot === undefined || slot < 0) return;
  spans[2 * slot] = from;
  spans[2 * slot + 1] = to;
}
