import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Format } from "../../src/model/format.ts";
import type { LogKind, ParsedLine } from "../../src/model/row.ts";
import { UNREADABLE_REASONS } from "../../src/model/row.ts";
import { bare, parseLines } from "./read-fixture.ts";

/** Input of a format for the contract that all formats share. */
export interface ContractCase {
  readonly format: Format;
  readonly log: LogKind;
  /** Header lines as in the log; one of them (or none, if the format needs none) contains the column names. */
  readonly headers: readonly (readonly string[])[];
  /** Readable rows of any kind. */
  readonly rows: readonly string[];
  /** The same rows and header with columns added at the end, if the format has columns. */
  readonly extra?: (line: string) => string;
  /** The row without its optional trailing columns. */
  readonly shorter?: (row: string) => string;
  /** The header and the rows with their columns in a different order. */
  readonly shuffled?: (line: string) => string;
  /** Result of a row before any header: unreadable, or the same as after it. */
  readonly withoutHeader: "no_schema" | "same";
}

/** Declares the tests of the shared format contract. */
export function describeFormatContract(contract: ContractCase): void {
  const { format, log, headers, rows, withoutHeader } = contract;
  const header = headers[0] ?? [];
  const wanted = rowsOf(parseLines(format, log, [...header, ...rows]), header.length);

  describe(`format contract: ${format.name}`, () => {
    test("the rows can be read", () => {
      expect(rows.length).toBeGreaterThan(2);
      expect(wanted.filter(({ kind }) => kind === "unreadable" || kind === "header" || kind === "blank")).toEqual([]);
    });
    describeHeaders(contract, wanted);
    describeColumns(contract, wanted);
    describeBytes(contract, wanted);
    describeHostility(contract, wanted);

    test("a row before any header", () => {
      const first = rowsOf(parseLines(format, log, rows), 0);
      expect(first).toEqual(
        withoutHeader === "same" ? wanted : rows.map(() => ({ kind: "unreadable", reason: "no_schema" })),
      );
    });
  });
}

function describeHeaders({ format, log, headers, rows }: ContractCase, wanted: readonly ParsedLine[]): void {
  test.each(headers.map((lines, form) => ({ form, lines })))(
    "header form $form gives the same rows, and each of its lines is a header",
    ({ lines }) => {
      const parsed = parseLines(format, log, [...lines, ...rows]);
      expect(parsed.slice(0, lines.length).map(({ kind }) => kind)).toEqual(lines.map(() => "header"));
      expect(rowsOf(parsed, lines.length)).toEqual(wanted);
    },
  );

  test("a header between rows", () => {
    const header = headers[0] ?? [];
    const parsed = parseLines(format, log, [...header, ...rows, ...header, ...rows]);
    expect(rowsOf(parsed, header.length)).toEqual([...wanted, ...parsed.slice(0, header.length), ...wanted]);
  });

  test("schemaFrom() rebuilds the schema from its header", () => {
    for (const line of headers.flat()) {
      const bytes = Buffer.from(line);
      const parsed = format.parse(bytes, 0, bytes.length, null, log);
      if (parsed.kind !== "header" || parsed.schema === null) continue;
      const schema = format.schemaFrom(parsed.schema.header);
      expect(schema?.header).toBe(parsed.schema.header);
      const again = rows.map((row) => format.parse(Buffer.from(row), 0, Buffer.byteLength(row), schema, log));
      expect(again).toEqual(wanted);
    }
    expect(format.schemaFrom("no header at all")).toBeNull();
    expect(format.schemaFrom("#Date: 2026-11-22 08:00:00")).toBeNull();
  });
}

function describeColumns(
  { format, log, headers, rows, extra, shorter, shuffled }: ContractCase,
  wanted: readonly ParsedLine[],
): void {
  const header = headers[0] ?? [];

  test("extra columns in the rows only, and in header and rows", () => {
    if (extra === undefined) return;
    expect(rowsOf(parseLines(format, log, [...header, ...rows.map(extra)]), header.length)).toEqual(wanted);
    expect(rowsOf(parseLines(format, log, [...header.map(extra), ...rows.map(extra)]), header.length)).toEqual(wanted);
  });

  test("missing trailing columns", () => {
    if (shorter === undefined) return;
    const parsed = rowsOf(parseLines(format, log, [...header, ...rows.map(shorter)]), header.length);
    expect(parsed.map(({ kind }) => kind)).toEqual(wanted.map(({ kind }) => kind));
  });

  test("columns in another order", () => {
    if (shuffled === undefined) return;
    expect(header.map(shuffled)).not.toEqual(header);
    expect(rowsOf(parseLines(format, log, [...header.map(shuffled), ...rows.map(shuffled)]), header.length)).toEqual(
      wanted,
    );
  });
}

function describeBytes({ format, log, headers, rows }: ContractCase, wanted: readonly ParsedLine[]): void {
  const header = headers[0] ?? [];

  test("CRLF and a byte order mark", () => {
    const lines = [...header, ...rows];
    const marked = lines.map((line, at) => (at === 0 ? `\ufeff${line}` : line));
    for (const form of [lines.map((line) => `${line}\r`), marked, marked.map((line) => `${line}\r`)]) {
      expect(rowsOf(parseLines(format, log, form), header.length)).toEqual(wanted);
    }
    expect(rowsOf(parseLines(format, log, [...header, ...rows.map((row) => `\ufeff${row}`)]), header.length)).toEqual(
      wanted,
    );
  });

  test("a line within a buffer is read without its neighbours", () => {
    const rubbish = Buffer.from('rubbish,"more 2026-11-22 rubbish\n');
    let schema = null;
    const parsed: ParsedLine[] = [];
    for (const line of [...header, ...rows]) {
      const bytes = Buffer.concat([rubbish, Buffer.from(line), rubbish]);
      const result = format.parse(bytes, rubbish.length, rubbish.length + Buffer.byteLength(line), schema, log);
      if (result.kind === "header" && result.schema !== null) schema = result.schema;
      parsed.push(result);
    }
    expect(rowsOf(parsed, header.length)).toEqual(wanted);
  });

  test("blank lines", () => {
    expect(parseLines(format, log, [...header, "", "\r", "  \r"]).slice(header.length)).toEqual([
      { kind: "blank" },
      { kind: "blank" },
      { kind: "blank" },
    ]);
  });
}

const REASONS: readonly string[] = UNREADABLE_REASONS;
const KINDS = ["row", "noise", "ignored", "header", "blank", "unreadable"];

function describeHostility({ format, log, headers, rows }: ContractCase, wanted: readonly ParsedLine[]): void {
  const header = headers[0] ?? [];

  test("any truncated row gives a line of some kind", () => {
    for (const row of rows.slice(0, 8)) {
      const cuts = Array.from({ length: row.length }, (_, length) => row.slice(0, length));
      expect(faultsOf(parseLines(format, log, [...header, ...cuts]))).toEqual([]);
    }
  });

  test("any bytes, with or without a schema, are a line of some kind", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(faultsOf(parseLines(format, log, [Buffer.from(bytes), ...header, Buffer.from(bytes)]))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("damaged rows are a line of some kind and do not affect later rows", () => {
    const after = rows.slice(0, 2);
    const damage = fc.array(
      fc.record({
        at: fc.nat(1_500),
        byte: fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x2c, 0x20, 0x00, 0x3c, 0x2b, 0x25)),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...rows), damage, fc.boolean(), (row, blows, isInserted) => {
        const damaged = blows.reduce((bytes, { at, byte }) => {
          const place = Math.min(at, bytes.length);
          return Buffer.concat([
            bytes.subarray(0, place),
            Buffer.from([byte]),
            bytes.subarray(isInserted ? place : place + 1),
          ]);
        }, Buffer.from(row));
        const parsed = parseLines(format, log, [...header, damaged, ...after]).slice(header.length);
        expect(faultsOf(parsed)).toEqual([]);
        if (parsed[0]?.kind !== "header") expect(parsed.slice(1)).toEqual(wanted.slice(0, after.length));
      }),
      { numRuns: 400 },
    );
  });

  test("headers with any names are headers, and rows below them are lines of some kind", () => {
    const few = rows.slice(0, 3);
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 100 }), (names) => {
        expect(
          faultsOf(
            parseLines(format, log, [`#Fields: ${names.join(",")}`, ...few, `#Fields: ${names.join(" ")}`, ...few]),
          ),
        ).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
}

/** Lines whose kind is invalid, or with values that a row must not have. */
function faultsOf(parsed: readonly ParsedLine[]): ParsedLine[] {
  return parsed.filter((line) => {
    if (!KINDS.includes(line.kind)) return true;
    if (line.kind === "unreadable") return !REASONS.includes(line.reason);
    if (line.kind === "noise" || line.kind === "ignored") return !Number.isSafeInteger(line.atMs);
    return line.kind === "row" && Object.values(line.row).some((value) => value === undefined || Number.isNaN(value));
  });
}

function rowsOf(parsed: readonly ParsedLine[], from: number): ParsedLine[] {
  return parsed.slice(from).map(bare);
}
