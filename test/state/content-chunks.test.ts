import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { ContentChunks } from "../../src/state/content-chunks.ts";

/** Bytes that look random, and are the same in each run. */
function bytesOf(length: number, seed: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash("sha256").update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length);
}

function chunksOf(bytes: Buffer, pieceLength: number): { keys: string[]; lengths: number[]; all: Buffer } {
  const chunks = new ContentChunks();
  const found = [];
  for (let at = 0; at < bytes.length; at += pieceLength)
    found.push(...chunks.add(bytes.subarray(at, at + pieceLength)));
  const last = chunks.end();
  if (last !== null) found.push(last);
  return {
    keys: found.map(({ key }) => key),
    lengths: found.map((chunk) => chunk.bytes.length),
    all: Buffer.concat(found.map((chunk) => chunk.bytes)),
  };
}

const BYTES = bytesOf(400_000, 1);

test.each([1_000, 65_536, 400_000])("the chunks are the same if the bytes arrive in pieces of %d", (pieceLength) => {
  const { keys, all } = chunksOf(BYTES, pieceLength);
  expect(all.equals(BYTES)).toBe(true);
  expect(keys).toEqual(chunksOf(BYTES, 4_321).keys);
});

test("the lengths of all chunks except the last are within the limits", () => {
  const { lengths } = chunksOf(BYTES, 65_536);
  expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(1_024);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(16_384);
  expect(lengths.length).toBeGreaterThan(50);
});

test("a long run of equal bytes is cut into chunks, too", () => {
  expect(Math.max(...chunksOf(Buffer.alloc(100_000), 65_536).lengths)).toBe(16_384);
});

test.each([
  ["inserting", Buffer.concat([BYTES.subarray(0, 200_000), Buffer.from("new"), BYTES.subarray(200_000)])],
  ["removing", Buffer.concat([BYTES.subarray(0, 200_000), BYTES.subarray(200_100)])],
])("%s some bytes changes only a few chunks", (_, changed) => {
  const before = new Set(chunksOf(BYTES, 65_536).keys);
  expect(chunksOf(changed, 65_536).keys.filter((key) => !before.has(key)).length).toBeLessThan(5);
});
