import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { RowSink } from "../../../src/reading/row-sink.ts";
import { RowDecoder } from "../../../src/reading/threads/row-decoder.ts";
import { RowEncoder } from "../../../src/reading/threads/row-encoder.ts";
import { HAS_FULL_ROW, type ScannedRequests, type ScannedUrl } from "../../../src/model/row-scanner.ts";
import type { RowPosition } from "../../../src/model/row.ts";
import { anyRow, anyServed } from "./rows.ts";

const FILE = { server: "EX01", fileKey: 123_456_789, keeper: null };

/** A sink that records its calls. */
function listener(): { readonly heard: unknown[]; readonly sink: RowSink } {
  const heard: unknown[] = [];
  const sink: RowSink = {
    row: (server, row, position) => {
      heard.push([server, row, position]);
    },
    scanned: (server, rows, position) => {
      heard.push([server, plain(rows), position]);
    },
    advance: () => undefined,
  };
  return { heard, sink };
}

function plain({
  source,
  count,
  atMs,
  clients,
  starts,
  urlCodes,
  schemes,
  urls,
  oldestAtMs,
  newestAtMs,
  fullRow,
}: ScannedRequests): unknown {
  const rowAt = (index: number): unknown => [
    atMs[index],
    clients[index],
    starts[index],
    urlCodes[index],
    schemes[index],
    (urlCodes[index]! & HAS_FULL_ROW) === 0 ? null : fullRow(index),
  ];
  return {
    source,
    count,
    urls,
    oldestAtMs,
    newestAtMs,
    rows: Array.from({ length: count }, (_, index) => rowAt(index)),
  };
}

const entry = fc.oneof(
  { arbitrary: anyRow.map((row) => ({ row, scanned: null, step: null })), weight: 6 },
  { arbitrary: anyServed.map((scanned) => ({ row: null, scanned, step: null })), weight: 2 },
  fc.nat().map((step) => ({ row: null, scanned: null, step })),
);
const entries = fc.array(fc.tuple(entry, fc.nat(), fc.integer({ min: 0, max: 9 })), { maxLength: 80 });

describe("RowWriter and RowPlayer", () => {
  test("a sink gets the same calls from the decoder as from the reader, step by step", () => {
    fc.assert(
      fc.property(entries, (written) => {
        const [given, played] = [listener(), listener()];
        const encoder = new RowEncoder(() => new Set(), 8_192);
        const urlLists: (readonly ScannedUrl[])[] = [];
        const steps: number[] = [];
        const flush = (): void => {
          // Data between threads is copied.
          const stream = structuredClone(encoder.take());
          urlLists.push(...stream.urlLists);
          const decoder = new RowDecoder(FILE, { stream, urlLists }, played.sink);
          for (let next = decoder.play(); next !== null; next = decoder.play()) steps.push(next);
        };
        for (const [{ row, scanned, step }, offset, cut] of written) {
          const position: RowPosition = { fileKey: FILE.fileKey, offset };
          if (row !== null) {
            encoder.row(FILE.server, row, position);
            given.sink.row(FILE.server, row, position);
          }
          if (scanned !== null) {
            encoder.scanned(FILE.server, scanned, position);
            given.sink.scanned?.(FILE.server, scanned, position);
          }
          if (step !== null) encoder.stepEnd(step);
          if (cut === 0) flush();
        }
        flush();
        expect(played.heard).toEqual(given.heard);
        expect(steps).toEqual(written.flatMap(([{ step }]) => (step === null ? [] : [step])));
      }),
    );
  });

  test("a stream is full before it is large, whatever its content", () => {
    for (const row of [
      { kind: "worker" as const, atMs: 1, appPool: "other" as const, processId: 1 },
      { kind: "abandoned" as const, atMs: 1, appPool: "other" as const },
    ]) {
      const encoder = new RowEncoder(() => new Set(), 8_192);
      let rows = 0;
      while (!encoder.isFull) {
        encoder.row("EX01", row, { fileKey: 1, offset: 0 });
        rows += 1;
      }
      expect(rows).toBeLessThan(3_000);
      expect(encoder.take().numbers.byteLength).toBeLessThan(100_000);
      expect(encoder.isFull).toBe(false);
    }
  });
});
