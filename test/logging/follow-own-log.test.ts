import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followOwnLog } from "../../src/logging/follow-own-log.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { printLogLine } from "../../src/logging/print-log-line.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-log-"));
  path = join(folder, "hma.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (count: number): string =>
  `${JSON.stringify({ time: "2026-11-22T08:10:00.123Z", level: "info", message: "Line", count })}\n`;
const linesTo = (end: number, start = 1): string =>
  Array.from({ length: end - start + 1 }, (_, index) => line(start + index)).join("");
const countOf = (text: string): number => Number(/count=(\d+)/.exec(text)?.[1]);

async function shown(lines: number): Promise<number[]> {
  const seen: string[] = [];
  await followOwnLog(path, {
    follow: false,
    lines,
    signal: new AbortController().signal,
    write: (text) => seen.push(text),
  });
  return seen.map(countOf);
}

/** Follows the log during `act`, until the line with the count `last` is printed. */
async function followed(lines: number, last: number, act: (seen: number[]) => Promise<void>): Promise<number[]> {
  const seen: number[] = [];
  const abort = new AbortController();
  let isThere: (() => void) | undefined;
  const there = new Promise<void>((resolve) => {
    isThere = resolve;
  });
  const following = followOwnLog(path, {
    follow: true,
    lines,
    signal: abort.signal,
    write: (text) => {
      seen.push(countOf(text));
      if (countOf(text) === last) isThere?.();
    },
  });
  await Promise.race([act(seen), following]);
  await Promise.race([there, following]);
  abort.abort();
  await following;
  return seen;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start + 1 }, (_, index) => start + index);

describe("followOwnLog()", () => {
  test.each([
    [0, []],
    [1, [5]],
    [3, [3, 4, 5]],
    [5, [1, 2, 3, 4, 5]],
    [100, [1, 2, 3, 4, 5]],
  ])("prints the last %i lines", async (lines, counts) => {
    writeFileSync(path, linesTo(5));
    expect(await shown(lines)).toEqual(counts);
  });

  test("prints the last lines of a file of many chunks, and of one whose last line has no end", async () => {
    writeFileSync(path, linesTo(5000));
    expect(await shown(1500)).toEqual(range(3501, 5000));
    writeFileSync(path, linesTo(5).trimEnd());
    expect(await shown(2)).toEqual([4, 5]);
    writeFileSync(path, "");
    expect(await shown(2)).toEqual([]);
  });

  test("reports a missing log", async () => {
    await expect(shown(1)).rejects.toThrow("Cannot show the log");
  });

  test("prints appended lines", async () => {
    writeFileSync(path, linesTo(3));
    const seen = await followed(2, 6, async (before) => {
      await until(() => before.includes(3));
      appendFileSync(path, linesTo(5, 4));
      await until(() => before.includes(5));
      appendFileSync(path, line(6));
    });
    expect(seen).toEqual([2, 3, 4, 5, 6]);
  });

  test("continues across a rotation, including lines written just before it", async () => {
    writeFileSync(path, linesTo(3));
    const seen = await followed(10, 9, async (before) => {
      await until(() => before.includes(3));
      appendFileSync(path, linesTo(6, 4));
      renameSync(path, join(folder, "hma.log.1"));
      writeFileSync(path, linesTo(8, 7));
      await until(() => before.includes(8));
      appendFileSync(path, line(9));
    });
    expect(seen).toEqual(range(1, 9));
  });

  test("starts again in a truncated file", async () => {
    writeFileSync(path, linesTo(5));
    const seen = await followed(10, 7, async (before) => {
      await until(() => before.includes(5));
      truncateSync(path, 0);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      appendFileSync(path, linesTo(7, 6));
    });
    expect(seen).toEqual(range(1, 7));
  });

  test("prints every line of a logger that rotates", async () => {
    const logger = openLogger({
      level: "info",
      format: "json",
      output: null,
      file: { path, maxBytes: 10_000, maxFiles: 100 },
    });
    logger.info("Line", { count: 0 });
    await until(() => {
      try {
        return countOf(printLogLine(line(0))) === 0;
      } catch {
        return false;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const seen = await followed(10, 400, async () => {
      for (let count = 1; count <= 400; count++) {
        logger.info("Line", { count, text: "x".repeat(50) });
        if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await logger.close();
    });
    expect(seen).toEqual(range(0, 400));
  });
});

describe("printLogLine()", () => {
  test.each([
    [
      '{"time":"2026-11-22T08:10:00.123Z","level":"warn","message":"State not written","path":"/var/lib","error":"ENOSPC","count":3}',
      "2026-11-22 08:10:00Z WARN  State not written · path=/var/lib error=ENOSPC count=3",
    ],
    ['{"time":"2026-11-22T08:10:00.123Z","level":"info","message":"Ready"}', "2026-11-22 08:10:00Z INFO  Ready"],
    ["no JSON", "no JSON"],
    ["[1]", "[1]"],
    ['{"message":"\\u001b[2Jgone"}', "      gone".replace("gone", "�[2Jgone")],
  ])("prints %s", (text, printed) => {
    expect(printLogLine(text)).toBe(printed.startsWith("      ") ? `${" ".repeat(7)}${printed.trimStart()}` : printed);
  });
});
