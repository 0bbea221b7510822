import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Fingerprint, HEAD_BYTES, TAIL_BYTES } from "../../../src/follow/identity/file-fingerprint.ts";

/** Feeds `bytes` like a reader that consumes up to each of `ends`. */
function feed(bytes: Buffer, bodyStart: number, ends: readonly number[]): Fingerprint {
  const fingerprint = new Fingerprint();
  let offset = 0;
  for (const end of ends) {
    fingerprint.extend({ bytes, start: offset, end, offset }, end > bodyStart ? bodyStart : null);
    offset = end;
  }
  return fingerprint;
}

describe("Fingerprint", () => {
  test("covers the first and the last bytes read of the body, in any chunks", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 4_000 }),
        fc.nat(50),
        fc.array(fc.nat(4_000)),
        (given, start, cuts) => {
          const bytes = Buffer.from(given);
          const bodyStart = Math.min(start, bytes.length - 1);
          // The reader consumes whole lines: the headers end where the body starts, and the first line of the body is consumed at once.
          const firstEnd = bytes.indexOf(0x0a, bodyStart) + 1 || bytes.length;
          const ends = [
            ...new Set([
              ...cuts.filter((cut) => cut > firstEnd && cut < bytes.length),
              ...(bodyStart > 0 ? [bodyStart] : []),
              firstEnd,
              bytes.length,
            ]),
          ].sort((a, b) => a - b);
          const fingerprint = feed(bytes, bodyStart, ends);
          expect(fingerprint.record()).toEqual(feed(bytes, bodyStart, [bytes.length]).record());
          expect(fingerprint.headLength).toBe(Math.min(HEAD_BYTES, bytes.length - bodyStart));
          const head = bytes.subarray(bodyStart, bodyStart + fingerprint.headLength);
          const restored = Fingerprint.from(fingerprint.record());
          for (const one of [fingerprint, restored]) {
            expect(one.matchesHead(head)).toBe(true);
            expect(one.matchesTail(bytes.subarray(bytes.length - one.tailLength))).toBe(true);
            expect(one.tailLength).toBe(Math.min(TAIL_BYTES, bytes.length));
            expect(one.matchesTail(Buffer.alloc(one.tailLength, (bytes.at(-1) ?? 0) ^ 1))).toBe(false);
            expect(one.matchesHead(Buffer.alloc(one.headLength, (head[0] ?? 0) ^ 1))).toBe(false);
          }
        },
      ),
    );
  });

  test("continues after it was restored and compared", () => {
    const bytes = Buffer.from("#h\nline one\nline two\nline three\n");
    const restored = Fingerprint.from(feed(bytes, 3, [3, 12]).record());
    expect(restored.matchesHead(bytes.subarray(3, 12)) && restored.matchesTail(bytes.subarray(0, 12))).toBe(true);
    restored.extend({ bytes, start: 12, end: bytes.length, offset: 12 }, 3);
    expect(restored.record()).toEqual(feed(bytes, 3, [bytes.length]).record());
  });

  test("uses the first line if there is no more", () => {
    const fingerprint = feed(Buffer.from("line one\nline two\n"), 0, [18]);
    expect(
      ["line one\nli", "line one\n", "line 1\n", "line on", "", "line two\nline one\n"].map((text) =>
        fingerprint.matchesFirstLine(Buffer.from(text)),
      ),
    ).toEqual([true, true, false, null, null, false]);
  });
});
