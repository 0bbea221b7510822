import { describe, expect, test } from "@jest/globals";
import { LogFiles } from "../../../src/engine/log-files.ts";
import { EventRowIndex } from "../../../src/engine/incidents/event-rows.ts";

describe("EventRowIndex", () => {
  const key = { source: "events", atMs: 1, about: "WAS 5011" } as const;

  test("keeps the first position of equal rows, in any order", () => {
    const eventRows = new EventRowIndex();
    for (const position of [
      { fileKey: 7, offset: 9 },
      { fileKey: 7, offset: 3 },
      { fileKey: 8, offset: 0 },
      { fileKey: 7, offset: 5 },
    ])
      eventRows.note(key, position);
    expect(eventRows.positionOf(key)).toEqual({ fileKey: 7, offset: 3 });
    expect(eventRows.positionOf({ ...key, about: "WAS 5010" })).toBeNull();
  });

  test("is limited, and is the same after a restart", () => {
    const eventRows = new EventRowIndex();
    for (let atMs = 0; atMs < 5_000; atMs++) eventRows.note({ ...key, atMs }, { fileKey: 1, offset: atMs });
    expect(eventRows.size).toBe(4_000);
    expect(eventRows.positionOf({ ...key, atMs: 999 })).toBeNull();
    const restored = new EventRowIndex();
    restored.restore(JSON.parse(JSON.stringify(eventRows.dump())));
    expect(restored.positionOf({ ...key, atMs: 4_999 })).toEqual({ fileKey: 1, offset: 4_999 });
    expect(restored.size).toBe(4_000);
  });
});

describe("LogFiles", () => {
  test("drops the file that was used longest ago", () => {
    const files = new LogFiles(2);
    for (const [fileKey, path] of [
      [1, "a"],
      [2, "b"],
      [1, "a"],
      [3, "c"],
    ] as const)
      files.note(fileKey, { server: "EX01", path });
    expect(files.size).toBe(2);
    expect([1, 2, 3].map((fileKey) => files.nameOf(fileKey)?.path ?? null)).toEqual(["a", null, "c"]);
  });
});
