import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { OpenFiles } from "../../../src/reading/open-files.ts";
import { FileWindow, Windows, type WindowTools } from "../../../src/reading/once/file-window.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-window-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function toolsOf(): WindowTools {
  return { buffer: Buffer.alloc(300_000), openFiles: new OpenFiles(4), windows: new Windows() };
}

function fileOf(name: string, length: number): { path: string; content: Buffer } {
  const path = join(folder, name);
  const content = Buffer.from(Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
  writeFileSync(path, content);
  return { path, content };
}

describe("FileWindow", () => {
  test.each([
    ["short steps", 1_000],
    ["steps of half a window", 32_768],
    ["steps that are too long for a window", 100_000],
  ])("gives the bytes of the file in order: %s", (_, count) => {
    for (const length of [0, 1, 999, 1_000, 65_535, 65_536, 65_537, 200_000]) {
      const { path, content } = fileOf(`file-${String(length)}`, length);
      const window = new FileWindow(path, toolsOf());
      const read: Buffer[] = [];
      let from = 0;
      for (let isEnd = false; !isEnd;) {
        const range = window.rangeAt(from, count);
        expect(range.end - range.start).toBe(Math.min(count, length - from));
        read.push(Buffer.from(range.bytes.subarray(range.start, range.end)));
        from += range.end - range.start;
        isEnd = range.isEnd;
      }
      expect(from).toBe(length);
      expect(Buffer.concat(read).equals(content)).toBe(true);
    }
  });

  test("at the window's end gives at least half of what was asked for, and all when asked again from the same offset", () => {
    const { path, content } = fileOf("long", 700_000);
    const window = new FileWindow(path, toolsOf());
    const lengthAt = (from: number, count: number): number => {
      const { bytes, start, end } = window.rangeAt(from, count);
      expect(Buffer.from(bytes.subarray(start, end)).equals(content.subarray(from, from + end - start))).toBe(true);
      return end - start;
    };
    // The window has 262,144 bytes from the offset of the first read on.
    expect(lengthAt(1_000, 160_000)).toBe(160_000);
    expect(lengthAt(151_000, 160_000)).toBe(112_144);
    expect(lengthAt(151_000, 160_000)).toBe(160_000);
    expect(lengthAt(333_143, 160_000)).toBe(80_001);
    expect(lengthAt(413_000, 160_000)).toBe(160_000);
  });

  test("offers bytes that were not consumed again, and more of them when asked", () => {
    const { path, content } = fileOf("again", 150_000);
    const window = new FileWindow(path, toolsOf());
    const at = (from: number, count: number): Buffer => {
      const { bytes, start, end } = window.rangeAt(from, count);
      return Buffer.from(bytes.subarray(start, end));
    };
    for (const [from, count] of [
      [0, 4_096],
      [1_000, 4_096],
      [1_000, 30_000],
      [60_000, 30_000],
      [60_000, 120_000],
      [61_000, 4_096],
      [149_999, 4_096],
      [150_000, 4_096],
    ])
      expect(at(from ?? 0, count ?? 0).equals(content.subarray(from, (from ?? 0) + (count ?? 0)))).toBe(true);
  });

  test("sees what was appended after the window's end, and a file that got shorter as its end", () => {
    const { path } = fileOf("grows", 1_000);
    const window = new FileWindow(path, toolsOf());
    expect(window.rangeAt(0, 4_096)).toMatchObject({ end: 1_000, isEnd: true });
    appendFileSync(path, "more");
    const range = window.rangeAt(1_000, 4_096);
    expect(range.bytes.toString("latin1", range.start, range.end)).toBe("more");
    truncateSync(path, 10);
    expect(window.rangeAt(1_004, 4_096)).toMatchObject({ isEnd: true });
  });

  test("beyond the most windows, files are read without one; a closed file gives its window to another", () => {
    const tools = toolsOf();
    const files = Array.from({ length: 70 }, (_, index) => fileOf(`many-${String(index)}`, 5_000 + index));
    const windows = files.map(({ path }) => new FileWindow(path, tools));
    for (let from = 0; from < 5_000; from += 500) {
      for (const [index, window] of windows.entries()) {
        const { bytes, start, end } = window.rangeAt(from, 500);
        expect(bytes.subarray(start, end).equals(files[index]?.content.subarray(from, from + 500) ?? Buffer.of())).toBe(
          true,
        );
      }
    }
    expect(tools.windows.take()).toBeNull();
    windows[0]?.close();
    windows[0]?.close();
    expect(tools.windows.take()).not.toBeNull();
    expect(tools.windows.take()).toBeNull();
  });

  test("a file that cannot be opened throws the error of the file system", () => {
    expect(() => new FileWindow(join(folder, "none"), toolsOf()).rangeAt(0, 10)).toThrow("ENOENT");
  });
});
