import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dayStamp, exchangeTime, hourStamp, iisTime } from "../../../src/simulator/lines/instant-text.ts";

const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) });

describe("times in logs", () => {
  test("exchangeTime() writes the same as Date", () => {
    fc.assert(
      fc.property(instants, (atMs) => expect(exchangeTime(atMs)).toBe(new Date(atMs).toISOString())),
      { numRuns: 2_000 },
    );
  });

  test("iisTime() truncates the milliseconds", () => {
    fc.assert(
      fc.property(instants, (atMs) =>
        expect(iisTime(atMs)).toBe(new Date(atMs).toISOString().slice(0, 19).replace("T", " ")),
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    {
      name: "leap day",
      atMs: Date.UTC(2028, 1, 29, 23, 59, 59, 999),
      time: "2028-02-29T23:59:59.999Z",
      hour: "2028022923",
      day: "280229",
    },
    {
      name: "new year",
      atMs: Date.UTC(2027, 0, 1),
      time: "2027-01-01T00:00:00.000Z",
      hour: "2027010100",
      day: "270101",
    },
    {
      name: "no leap year",
      atMs: Date.UTC(2100, 1, 28, 5),
      time: "2100-02-28T05:00:00.000Z",
      hour: "2100022805",
      day: "000228",
    },
  ])("writes file names of $name", ({ atMs, time, hour, day }) => {
    expect([exchangeTime(atMs), hourStamp(atMs), dayStamp(atMs)]).toEqual([time, hour, day]);
  });
});
