import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PiecedBody, TextPiece } from "../../../src/web/metrics/text-piece.ts";

test("a body of pieces is the text of all, compressed as one gzip stream", async () => {
  const text = fc.array(fc.constantFrom("hma_requests_total", "{", "é", "\n", "12"), { maxLength: 600 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
      const whole = Buffer.from(texts.map((parts) => parts.join("")).join(""));
      const body = new PiecedBody(texts.map((parts) => new TextPiece(parts.join(""))));
      expect(body.plain.equals(whole)).toBe(true);
      const zipped = await body.zipped();
      if (whole.length < 1024) expect(zipped).toBeNull();
      else expect(gunzipSync(zipped ?? "").equals(whole)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("a large body is compressed as a whole by another thread, unless most of its pieces have been sent before", async () => {
  const pieces = Array.from({ length: 4 }, (_, at) => new TextPiece(`hma_requests_total ${at}\n`.repeat(8_000)));
  const [first, ...others] = pieces;
  const zipped = await new PiecedBody(pieces).zipped();
  expect(pieces.some(({ isZipped }) => isZipped)).toBe(false);
  expect(others.every((piece) => piece.zipped.length > 0)).toBe(true);
  const again = await new PiecedBody(pieces).zipped();
  expect(first?.isZipped).toBe(true);
  expect(gunzipSync(again ?? "").equals(gunzipSync(zipped ?? ""))).toBe(true);
});
