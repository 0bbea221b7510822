import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toLedgerRecord, unaccountedBytes } from "../../src/reading/ledger.ts";
import { LineReader, startOfLines } from "../../src/reading/line-reader.ts";
import { classifyPath } from "../../src/sources/index.ts";
import { FORMATS } from "../sources/plain-formats.ts";
import type { Row } from "../../src/model/row.ts";

/** Files of Windows events in the formats of people and programs, read at once, in chunks and while they grow. */

const POOLS = ["MSExchangeServicesAppPool", "MSExchangeMapiFrontEndAppPool", "MSExchangeSyncAppPool"];

function event(index: number, extra = ""): string {
  const second = String(index % 60).padStart(2, "0");
  return (
    `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-WAS'/>` +
    `<EventID Qualifiers='32768'>5011</EventID><TimeCreated SystemTime='2026-11-22T08:00:${second}.000Z'/>` +
    `<EventRecordID>${index}</EventRecordID><Channel>System</Channel><Computer>EX01</Computer></System>` +
    `<EventData><Data Name='AppPoolID'>${POOLS[index % 3]!}</Data><Data Name='ProcessID'>${index + 1}</Data></EventData>${extra}</Event>`
  );
}

const DECLARATION = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>';
const RENDERED =
  "<RenderingInfo Culture='de-DE'><Message>Ein Prozess,\r\nder den Pool bedient</Message><Level>Warnung</Level></RenderingInfo>";

/** One element per line, as written by an editor or `Format-XML`. */
function indented(text: string): string {
  let depth = 0;
  return text
    .replaceAll("><", ">\n<")
    .split("\n")
    .map((line) => {
      if (line.startsWith("</")) depth -= 1;
      const indent = "  ".repeat(depth);
      if (/^<[^/?]/.test(line) && !line.includes("</") && !line.endsWith("/>")) depth += 1;
      return indent + line;
    })
    .join("\n");
}

const all = Array.from({ length: 7 }, (_, index) => event(index));
const LAYOUTS: Readonly<Record<string, string>> = {
  "one a line": `${all.join("\r\n")}\r\n`,
  "one a line, no last line end": all.join("\n"),
  "all on one line": all.join(""),
  "all on one line, with a blank between": `${all.join(" ")}\n`,
  "saved by Event Viewer": `${DECLARATION}\r\n<Events>${all.join("")}</Events>`,
  "all of it one line": `${DECLARATION}<Events>${all.join("")}</Events>\n`,
  "a root element on lines of its own": `${DECLARATION}\n<Events>\n${all.join("\n")}\n</Events>\n`,
  "one element a line": `${DECLARATION}\n${indented(`<Events>${all.join("")}</Events>`)}\n`,
  "one element a line, without a root": all.map(indented).join("\r\n"),
  "rendered in another language": all.map((_, index) => event(index, RENDERED)).join("\r\n"),
};
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  "UTF-8": (text) => Buffer.from(text, "utf8"),
  "UTF-8 with a byte order mark": (text) => Buffer.from(`\ufeff${text}`, "utf8"),
  "UTF-16LE": (text) => Buffer.from(text, "utf16le"),
  "UTF-16LE with a byte order mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
};
const FILES = Object.entries(LAYOUTS).flatMap(([layout, text]) =>
  Object.entries(ENCODINGS).map(([name, encode]) => ({ name: `${layout}, ${name}`, bytes: encode(text) })),
);

interface Reading {
  readonly reader: LineReader;
  readonly rows: Row[];
}

function readerOf(maxLineBytes: number): Reading {
  const rows: Row[] = [];
  const source = {
    server: "EX01",
    fileKey: 1,
    format: FORMATS.events,
    log: classifyPath("events/system.xml")!,
    sinceMs: -Infinity,
    untilMs: Infinity,
  };
  const sink = {
    row: (_: string, row: Row) => void rows.push(row),
    advance: () => undefined,
  };
  return { rows, reader: new LineReader(source, { sink, maxLineBytes }, startOfLines()) };
}

/** Reads the file in chunks; with `grows`, each chunk is the current end of the file. */
function read(bytes: Buffer, cuts: readonly number[], { grows = false, maxLineBytes = 4_096 } = {}): Reading {
  const reading = readerOf(maxLineBytes);
  const { reader } = reading;
  for (const cut of cuts.filter((one) => one <= bytes.length)) {
    if (cut <= reader.offset) continue;
    reader.consume({ bytes, start: reader.offset, end: cut, isEnd: grows }, Infinity);
    expect(unaccountedBytes(reader.ledger)).toBe(0);
  }
  reader.finish({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, Infinity);
  expect(unaccountedBytes(reader.ledger)).toBe(0);
  expect(reader.ledger.bytesRead).toBe(bytes.length);
  return reading;
}

const recordsOf = ({ rows }: Reading): unknown[] =>
  rows.map((row) => (row.kind === "event" ? [row.atMs, row.event] : row));
const wanted = recordsOf(read(Buffer.from(LAYOUTS["one a line"]!), []));
const anyCuts = fc.array(fc.nat({ max: 8_000 }), { maxLength: 12 }).map((cuts) => cuts.sort((a, b) => a - b));

test("the sample has seven recycles", () => {
  expect(wanted).toHaveLength(7);
});

describe.each(FILES)("$name", ({ bytes }) => {
  test("returns all events, and no unreadable line", () => {
    const reading = read(bytes, []);
    expect(recordsOf(reading)).toEqual(wanted);
    expect(toLedgerRecord(reading.reader.ledger)).toMatchObject({ unreadable: {}, lines: { counted: 7 } });
  });

  test("returns the same in any chunks, and while the file grows", () => {
    fc.assert(
      fc.property(anyCuts, fc.boolean(), (cuts, grows) => {
        expect(recordsOf(read(bytes, cuts, { grows }))).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a file that grows", () => {
  test("delivers an event when its element is closed, without a line end", () => {
    const { reader, rows } = readerOf(4_096);
    const bytes = Buffer.from(`${event(0)}${event(1)}`);
    reader.consume({ bytes, start: 0, end: bytes.length - 1, isEnd: true }, Infinity);
    expect(rows).toHaveLength(1);
    reader.consume({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, Infinity);
    expect([rows.length, reader.ledger.pending]).toEqual([2, 0]);
  });
});

describe("invalid events", () => {
  test("affect only their own lines", () => {
    const text =
      `rubbish\n${event(0)}\nmore rubbish <b/>\n<Event xmlns='x'><System><Provider ` +
      `Name='WAS'/>\n${event(1)}\n<Other>${event(2)}</Other>\n`;
    const reading = read(Buffer.from(text), []);
    expect(recordsOf(reading)).toEqual(wanted.slice(0, 3));
    expect(toLedgerRecord(reading.reader.ledger).lines).toMatchObject({ counted: 3, unreadable: 5 });
  });

  test("an event that is too long is skipped and the next one is read, in any chunks", () => {
    for (const encode of Object.values(ENCODINGS)) {
      for (const between of ["", "\n"]) {
        const long = event(9).replace("</EventData>", `<Data>${"x".repeat(9_000)}</Data></EventData>`);
        const bytes = encode(`${event(0)}${between}${long}${between}${event(1)}`);
        fc.assert(
          fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (cuts) => {
            const reading = read(
              bytes,
              [...cuts].sort((a, b) => a - b),
              { maxLineBytes: 4_096 },
            );
            expect(recordsOf(reading)).toEqual(wanted.slice(0, 2));
            expect(toLedgerRecord(reading.reader.ledger).lines.too_long).toBe(1);
          }),
          { numRuns: 40 },
        );
      }
    }
  });

  test("all bytes are accounted for", () => {
    const piece = fc.oneof(
      fc.constantFrom("<Event", "</Event>", "<Events>", "<Event>", "\n", " ", "\0", "<", event(3), "<EventData>"),
      fc.string({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(
        fc.record({
          pieces: fc.array(piece, { maxLength: 30 }),
          cuts: anyCuts,
          grows: fc.boolean(),
          wide: fc.boolean(),
        }),
        ({ pieces, cuts, grows, wide }) => {
          read(Buffer.from(pieces.join(""), wide ? "utf16le" : "utf8"), cuts, { grows, maxLineBytes: 700 });
        },
      ),
      { numRuns: 500 },
    );
  });
});
