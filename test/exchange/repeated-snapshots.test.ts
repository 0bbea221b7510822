import { describe, expect, test } from "@jest/globals";
import { RepeatedSnapshots } from "../../src/exchange/repeated-snapshots.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";

const AUTH_SERVER = { Name: "EvoSts", Enabled: true };

/** In the order in which they are read: each is followed by one that differs from it. */
const SNAPSHOTS: readonly [string, object][] = [
  ["the first", { snapshotVersion: 1, at: "2026-11-22T08:00:00Z", authServers: [AUTH_SERVER] }],
  ["the same content at another time", { snapshotVersion: 1, at: "2026-11-22T08:15:00Z", authServers: [AUTH_SERVER] }],
  ["its time last, in capitals", { snapshotVersion: 1, authServers: [AUTH_SERVER], AT: "2026-11-22T08:30:00Z" }],
  ["its time as a date", { snapshotVersion: 1, at: "/Date(1795338000000)/", authServers: [AUTH_SERVER] }],
  [
    "other content",
    { snapshotVersion: 1, at: "2026-11-22T09:00:00Z", authServers: [{ ...AUTH_SERVER, Enabled: false }] },
  ],
  ["a time within", { snapshotVersion: 1, at: "2026-11-22T09:15:00Z", authServers: [{ ...AUTH_SERVER, at: "x" }] }],
  ["two times", { snapshotVersion: 1, At: "2026-11-22T09:30:00Z", at: "2026-11-22T09:45:00Z" }],
  ["two times again", { snapshotVersion: 1, At: "2026-11-22T10:00:00Z", at: "2026-11-22T09:45:00Z" }],
];

describe("RepeatedSnapshots", () => {
  const repeated = new RepeatedSnapshots();

  test.each(SNAPSHOTS)("parse() reads %s as parseSnapshot() does", (_, value) => {
    expect(repeated.parse(value)).toEqual(parseSnapshot(value).snapshot);
  });

  test("parse() takes the content from the snapshot before when only the time differs", () => {
    const [first, second] = SNAPSHOTS.map(([, value]) => repeated.parse(value));
    expect(second?.authServers).toBe(first?.authServers);
  });

  test("parse() refuses a snapshot whose time cannot be read, although its content is known", () => {
    repeated.parse({ snapshotVersion: 1, at: "2026-11-22T08:00:00Z" });
    expect(() => repeated.parse({ snapshotVersion: 1, at: "yesterday" })).toThrow(
      'it has no time "at", and 1 other faults',
    );
  });
});
