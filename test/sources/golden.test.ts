import { describe, expect, test } from "@jest/globals";
import { parseLines, readFixture } from "./read-fixture.ts";

/** All lines of all sample logs. A new format adds its folder here. */
const SAMPLES = [
  "iis-w3c/front-end.log",
  "iis-w3c/back-end.log",
  "iis-w3c/custom-fields.log",
  "http-proxy/ews.log",
  "http-proxy/mapi.log",
  "http-proxy/any-protocol.log",
  "ews/ews.log",
  "mapi-http/mapi-http.log",
  "oauth-outbound/oauth-outbound.log",
  "http-err/http-err.log",
  "windows-event/events.xml",
];

describe.each(SAMPLES)("parse() of %s", (name) => {
  const { format, log, lines, expected } = readFixture(name);
  const parsed = parseLines(format, log, lines);

  test("has a result for every line", () => {
    expect(lines.length).toBe(expected.length);
  });

  test.each(lines.map((line, at) => ({ at: at + 1, line: line.slice(0, 60) })))("line $at: $line", ({ at }) => {
    expect(parsed[at - 1]).toEqual(expected[at - 1]);
  });
});
