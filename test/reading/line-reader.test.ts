import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { countedBytes, skippedBytes, toLedgerRecord, unaccountedBytes } from "../../src/reading/ledger.ts";
import { LineReader, startOfLines, type LineSource } from "../../src/reading/line-reader.ts";
import type { LogKind } from "../../src/model/row.ts";
import { RowCollector, tinyFormat } from "./tiny-format.ts";

const LOG: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };

function readerOf(collector: RowCollector, given: Partial<LineSource> & { maxLineBytes?: number } = {}): LineReader {
  const { maxLineBytes = 64, ...source } = given;
  return new LineReader(
    {
      server: "EX01",
      fileKey: 7,
      format: tinyFormat(),
      log: LOG,
      sinceMs: -Infinity,
      untilMs: Infinity,
      ...source,
    },
    { sink: collector, maxLineBytes },
    startOfLines(),
  );
}

/** Passes the bytes in chunks that end at `cuts`, and keeps unread bytes, like a reader of a growing file. */
function offer(reader: LineReader, bytes: Buffer, cuts: readonly number[]): void {
  for (const cut of [...cuts, bytes.length]) {
    for (let before = -1; before !== reader.offset;) {
      before = reader.offset;
      reader.consume({ bytes, start: reader.offset, end: Math.max(cut, reader.offset), isEnd: false }, Infinity);
      expect(unaccountedBytes(reader.ledger)).toBe(0);
    }
  }
}

describe("consume()", () => {
  test("delivers rows with their positions, and reads the schema from a header", () => {
    const collector = new RowCollector();
    const text = "#Software\n#Fields a\n10 1\r\n20 2\n\n#Fields b\n30 3\n";
    offer(readerOf(collector), Buffer.from(text), []);
    expect(collector.rows.map(({ key, atMs, position }) => [key, atMs, position])).toEqual([
      [1, 10, { fileKey: 7, offset: text.indexOf("10 1") }],
      [2, 20, { fileKey: 7, offset: text.indexOf("20 2") }],
      [3, 30, { fileKey: 7, offset: text.indexOf("30 3") }],
    ]);
    expect(collector.rows.map(({ row }) => row.kind === "request" && row.peerServer)).toEqual([
      "#Fields a",
      "#Fields a",
      "#Fields b",
    ]);
  });

  test("counts every fate in bytes and lines", () => {
    const collector = new RowCollector();
    const reader = readerOf(collector, { sinceMs: 5, untilMs: 100 });
    const text = `#Fields a\n10 1\n~11\n!12\n\nrubbish\n${"x".repeat(65)}\n4 2\n100 3\npart`;
    offer(reader, Buffer.from(text), []);
    expect(toLedgerRecord(reader.ledger)).toEqual({
      bytesRead: text.length,
      pending: 4,
      bytes: { header: 10, counted: 9, noise: 4, blank: 1, unreadable: 8, too_long: 66, before_lookback: 10 },
      lines: { header: 1, counted: 2, noise: 1, blank: 1, unreadable: 1, too_long: 1, before_lookback: 2 },
      unreadable: { field_count: 1 },
    });
    expect(countedBytes(reader.ledger) + skippedBytes(reader.ledger) + 4).toBe(text.length);
    expect(collector.keys).toEqual([1]);
    expect([reader.lastAtMs, reader.newestAtMs, reader.bodyStart]).toEqual([100, 100, 10]);
  });

  test("keeps a line without a line end pending, and reads it when it is complete", () => {
    const collector = new RowCollector();
    const reader = readerOf(collector);
    const bytes = Buffer.from("10 1\n20 2\n");
    reader.consume({ bytes, start: 0, end: 9, isEnd: true }, Infinity);
    expect([collector.keys, reader.ledger.pending, reader.offset]).toEqual([[1], 4, 5]);
    reader.consume({ bytes, start: 5, end: 10, isEnd: true }, Infinity);
    expect([collector.keys, reader.ledger.pending, reader.ledger.bytesRead]).toEqual([[1, 2], 0, 10]);
  });

  test("counts pending bytes that vanish or are given up as partial", () => {
    const reader = readerOf(new RowCollector());
    const bytes = Buffer.from("10 1\n20 2222");
    reader.consume({ bytes, start: 0, end: 12, isEnd: true }, Infinity);
    reader.consume({ bytes, start: 5, end: 8, isEnd: true }, Infinity);
    expect(reader.ledger.pending).toBe(3);
    reader.abandonPending();
    expect(toLedgerRecord(reader.ledger)).toMatchObject({
      bytesRead: 12,
      pending: 0,
      bytes: { counted: 5, partial: 7 },
      lines: { partial: 1 },
    });
    expect(unaccountedBytes(reader.ledger)).toBe(0);
  });

  test("stops before the first row beyond the horizon", () => {
    const collector = new RowCollector();
    const reader = readerOf(collector);
    const bytes = Buffer.from("10 1\n20 2\n30 3\n");
    expect(reader.consume({ bytes, start: 0, end: 15, isEnd: true }, 20)).toBe(10);
    expect([collector.keys, reader.aheadAtMs, reader.ledger.pending]).toEqual([[1, 2], 30, 5]);
    expect(reader.finish({ bytes, start: 10, end: 15, isEnd: true }, 29)).toBe(false);
    expect(reader.finish({ bytes, start: 10, end: 15, isEnd: true }, 30)).toBe(true);
    expect([collector.keys, reader.aheadAtMs, unaccountedBytes(reader.ledger)]).toEqual([[1, 2, 3], null, 0]);
  });

  test("removes a byte order mark and leading zero bytes", () => {
    const collector = new RowCollector();
    offer(readerOf(collector), Buffer.from("\ufeff10 1\n\0\0\0\u000020 2\n"), []);
    expect(collector.rows.map(({ key, position }) => [key, position.offset])).toEqual([
      [1, 0],
      [2, 8],
    ]);
  });
});

describe("a line of the longest length", () => {
  test.each([
    ["utf8", 64],
    ["utf8", 65],
    ["utf16le", 64],
    ["utf16le", 66],
  ] as const)("is read or skipped alike wherever the chunks end (%s, %i bytes)", (encoding, length) => {
    const mark = encoding === "utf16le" ? "\ufeff" : "";
    const width = encoding === "utf16le" ? 2 : 1;
    for (const end of ["\n", "\r\n"]) {
      const line = "10 1 ".padEnd(length / width - end.length + 1, "x");
      const bytes = Buffer.from(`${mark}5 2\n${line}${end}20 3\n`, encoding);
      for (let cut = 1; cut < bytes.length; cut++) {
        const collector = new RowCollector();
        offer(readerOf(collector, { log: { ...LOG, encoding: width === 2 ? "detect" : "utf8" } }), bytes, [cut]);
        expect([cut, collector.keys]).toEqual([cut, length > 64 ? [2, 3] : [2, 1, 3]]);
      }
    }
  });
});

describe("finish()", () => {
  test.each([
    ["utf8 with line end", Buffer.from("10 1\n20 2\n"), "utf8"],
    ["utf8 without line end", Buffer.from("10 1\n20 2"), "utf8"],
    ["three bytes", Buffer.from("1 1"), "detect"],
    ["utf16 without line end", Buffer.from("\ufeff10 1\r\n20 2", "utf16le"), "detect"],
    ["utf16 with an odd last byte", Buffer.concat([Buffer.from("10 1\n20 2", "utf16le"), Buffer.from([9])]), "detect"],
  ] as const)("reads the last line of %s", (_, bytes, encoding) => {
    const collector = new RowCollector();
    const reader = readerOf(collector, { log: { ...LOG, encoding } });
    reader.consume({ bytes, start: 0, end: bytes.length, isEnd: true }, Infinity);
    expect(reader.finish({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, Infinity)).toBe(true);
    expect(collector.keys).toEqual(bytes.length === 3 ? [1] : [1, 2]);
    expect([reader.offset, reader.ledger.pending, unaccountedBytes(reader.ledger)]).toEqual([bytes.length, 0, 0]);
  });

  test("detects UTF-16 without a byte order mark if the whole file arrives at once", () => {
    const collector = new RowCollector();
    const reader = readerOf(collector, { log: { ...LOG, encoding: "detect" } });
    const bytes = Buffer.from("10 1\r\n20 2\r\n", "utf16le");
    expect(reader.finish({ bytes, start: 0, end: bytes.length, isEnd: true }, Infinity)).toBe(true);
    expect([collector.keys, toLedgerRecord(reader.ledger).bytes]).toEqual([[1, 2], { counted: bytes.length }]);
  });
});

describe("any chunks of the bytes", () => {
  const line = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.nat(999), fc.nat(999), fc.string({ unit: "grapheme", maxLength: 12 }))
        .map(([at, key, text]) => `${String(at)} ${String(key)} ${text.replace(/[\r\n]/g, "")}`),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("", "#Fields ä", "#Date", "~5", "!6", "\u0a0a\u0a00", "rubbish 𝄞", "\0\0"),
    },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 200 }).map((length) => "x".repeat(length)) },
  );
  const text = fc
    .tuple(
      fc.constantFrom("", "\ufeff"),
      fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n")), { maxLength: 12 }),
      fc.constantFrom("", "12 34", "x".repeat(90)),
    )
    .map(([mark, lines, rest]) => mark + lines.map(([one, end]) => one + end).join("") + rest);

  test.each(["utf8", "utf16le"] as const)("give the same rows, ledger and position (%s)", (encoding) => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(600), { maxLength: 40 }), (given, cuts) => {
        // Without a byte order mark, only a head that looks like UTF-16 is read as such.
        const whole = encoding === "utf16le" && !given.startsWith("\ufeff") ? `\ufeff${given}` : given;
        const bytes = Buffer.from(whole, encoding);
        const read = (pieces: readonly number[]): unknown => {
          const collector = new RowCollector();
          const reader = readerOf(collector, { log: { ...LOG, encoding: encoding === "utf8" ? "utf8" : "detect" } });
          offer(reader, bytes, pieces);
          reader.finish({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, Infinity);
          return [
            collector.rows,
            toLedgerRecord(reader.ledger),
            reader.offset,
            reader.bodyStart,
            reader.schema,
            reader.encoding,
          ];
        };
        expect(read(cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b))).toEqual(read([]));
      }),
      { numRuns: 500 },
    );
  });

  test("never make it throw, and all bytes are accounted for", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom("utf8", "detect"),
        fc.array(fc.nat(400), { maxLength: 9 }),
        (given, encoding, cuts) => {
          const bytes = Buffer.from(given);
          const reader = readerOf(new RowCollector(), { log: { ...LOG, encoding }, maxLineBytes: 16 });
          offer(
            reader,
            bytes,
            cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b),
          );
          reader.finish({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, Infinity);
          expect(countedBytes(reader.ledger) + skippedBytes(reader.ledger)).toBe(bytes.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
