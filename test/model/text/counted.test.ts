import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { number, plural } from "../../../src/model/text/counted.ts";

test("numbers are grouped as Intl groups them for en-US", () => {
  const intl = new Intl.NumberFormat("en-US");
  fc.assert(
    fc.property(
      fc.oneof(fc.nat(), fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      (value) => {
        fc.pre(!Object.is(value, -0));
        expect(number(value)).toBe(intl.format(value));
      },
    ),
  );
});

test.each([
  [1, "1 client"],
  [0, "0 clients"],
  [1_234_567, "1,234,567 clients"],
])("%d: %s", (count, text) => {
  expect(plural(count, "client")).toBe(text);
});
