import type { LogFormat } from "./label-values.ts";
import type { LogPlace, ParsedLine, Schema } from "./row.ts";
import type { RowScanner } from "./row-scanner.ts";

/** A log format: pure text to rows. One file of `sources/` each. */
export interface Format {
  readonly name: LogFormat;
  /** The schema that `header` (a header line kept from before) gives; null when it is not one. */
  readonly schemaFrom: (header: string) => Schema | null;
  /**
   * Parses the line `bytes[start, end)` (no line end; a trailing CR may stand there). Never throws; the bytes may be anything.
   * `schema` is what the last header line gave, or null before any.
   */
  readonly parse: (bytes: Buffer, start: number, end: number, schema: Schema | null, place: LogPlace) => ParsedLine;
  /** A scanner for the rows that need no second look, where the format has one. It has state of its own. */
  readonly createScanner?: () => RowScanner;
}
