import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonPieces } from "../../src/state/json-pieces.ts";

test("the pieces together equal JSON.stringify() for any value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["fields and items that JSON leaves out", { a: undefined, b: [undefined, 1], c: { d: undefined } }],
  ["numbers that JSON cannot represent", { a: -Infinity, b: [Number.NaN] }],
  ["names that need a mark", { __proto__: null, '"': 1, "ä\n": { "\u2028": [] } }],
  ["nothing", {}],
])("%s are written like JSON.stringify()", (_name, value) => {
  expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
});

test("a large value is returned in pieces of limited size", () => {
  const open = Array.from({ length: 20_000 }, (_, at) => [at, "x".repeat(100)]);
  const value = { engine: { requests: { heads: [], open } }, follow: { files: open } };
  const pieces = [...jsonPieces(value)];
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000);
  expect(pieces.join("")).toBe(JSON.stringify(value));
});
