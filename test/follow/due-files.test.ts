import { describe, expect, test } from "@jest/globals";
import { dueFiles, nextCheckAt } from "../../src/follow/due-files.ts";
import { FollowedFile } from "../../src/follow/identity/followed-file.ts";
import { LineReader, startOfLines } from "../../src/reading/line-reader.ts";
import { RowCollector, tinyFormat } from "../reading/tiny-format.ts";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;

function fileOf(name: string, endMs: number | null): FollowedFile {
  const source = {
    server: "EX01",
    fileKey: 1,
    format: tinyFormat(),
    log: { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" },
    sinceMs: 0,
    untilMs: Infinity,
  } as const;
  const reader = new LineReader(source, { sink: new RowCollector(), maxLineBytes: 100 }, startOfLines());
  const location = { folderKey: "", name, relPath: name, path: name, startMs: null, endMs };
  return new FollowedFile(reader, location, { generation: 0, nowMs: NOW });
}

describe("dueFiles()", () => {
  test("returns, for files without a time in their name, those with the newest rows and unread ones at every poll", () => {
    const files = Array.from({ length: 12 }, (_, at) => {
      const file = fileOf(`httperr${String(at)}.log`, null);
      file.reader.newestAtMs = at === 0 ? null : at;
      file.nextCheckMs = NOW + 1;
      return file;
    });
    expect(
      dueFiles(files, NOW)
        .map(({ location }) => location.name)
        .toSorted(),
    ).toEqual([0, 5, 6, 7, 8, 9, 10, 11].map((at) => `httperr${String(at)}.log`).toSorted());
    expect(dueFiles(files, NOW + 1)).toHaveLength(12);
  });

  test("returns, for files with a time in their name, those of the newest two times at every poll", () => {
    const files = [1, 2, 3, 3].map((hour) => {
      const file = fileOf(`${String(hour)}.log`, NOW + hour * HOUR);
      file.location = { ...file.location, startMs: NOW - 5 * HOUR + hour * HOUR };
      file.nextCheckMs = NOW + 1;
      return file;
    });
    expect(dueFiles(files, NOW)).toEqual(files.slice(1));
    expect(dueFiles(files, NOW + 1)).toHaveLength(4);
  });

  test("returns those of the newest two times even if their time is over", () => {
    const files = [1, 2, 3].map((hour) => {
      const file = fileOf(`${String(hour)}.log`, NOW - 10 * HOUR + hour * HOUR);
      file.location = { ...file.location, startMs: NOW - 11 * HOUR + hour * HOUR };
      file.nextCheckMs = NOW + 1;
      return file;
    });
    expect(dueFiles(files, NOW)).toEqual(files.slice(1));
  });

  test("omits failed files until their retry time", () => {
    const file = fileOf("httperr1.log", null);
    file.failures = 1;
    file.nextCheckMs = NOW + 5;
    expect([dueFiles([file], NOW), dueFiles([file], NOW + 5)]).toEqual([[], [file]]);
  });
});

describe("nextCheckAt()", () => {
  test.each([
    {
      name: "whose time is not over, unless it is current, a minute later",
      endHours: 1,
      firstEndHours: 0,
      growthHours: 0,
      waitMs: 60_000,
    },
    { name: "whose time is over, once more soon", endHours: -5, firstEndHours: 0, growthHours: 0, waitMs: 10_000 },
    {
      name: "long over and quiet, ten minutes later",
      endHours: -5,
      firstEndHours: -1,
      growthHours: -2,
      waitMs: 600_000,
    },
    {
      name: "over a while ago, an eighth of that while later",
      endHours: -0.8,
      firstEndHours: -0.1,
      growthHours: -0.2,
      waitMs: 360_000,
    },
    {
      name: "over and still growing, an eighth of its quiet time later",
      endHours: -5,
      firstEndHours: -1,
      growthHours: -0.08,
      waitMs: 36_000,
    },
  ])("the next check of a file $name", ({ endHours, firstEndHours, growthHours, waitMs }) => {
    const file = fileOf("a.log", NOW + endHours * HOUR);
    file.firstEndMs = NOW + firstEndHours * HOUR;
    file.lastGrowthMs = NOW + growthHours * HOUR;
    expect(nextCheckAt(file, NOW) - NOW).toBeCloseTo(waitMs);
  });
});
