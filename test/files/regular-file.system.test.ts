import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  FileTooLargeError,
  NoRegularFileError,
  openRegularFile,
  readRegularFile,
} from "../../src/files/regular-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-files-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("openRegularFile()", () => {
  const onUnix = process.platform === "win32" ? test.skip : test;
  onUnix.each([
    ["a folder", (path: string) => mkdirSync(path)],
    ["a pipe without a writer", (path: string) => void execFileSync("mkfifo", [path])],
    ["an endless device", (path: string) => symlinkSync("/dev/zero", path)],
    ["a socket", (path: string) => new Promise<void>((resolve) => void createServer().listen(path, resolve).unref())],
  ])("refuses %s, and a link to it, at once", async (_, make) => {
    const path = join(folder, "x");
    await make(path);
    symlinkSync(path, join(folder, "link"));
    for (const name of ["x", "link"])
      await expect(openRegularFile(join(folder, name))).rejects.toThrow(NoRegularFileError);
  });

  test("opens a file, and a link to a file", async () => {
    writeFileSync(join(folder, "x"), "text");
    symlinkSync(join(folder, "x"), join(folder, "link"));
    for (const name of ["x", "link"]) {
      const handle = await openRegularFile(join(folder, name));
      expect(await handle.readFile("utf8")).toBe("text");
      await handle.close();
    }
  });

  test("throws the error of the file system", async () => {
    await expect(openRegularFile(join(folder, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("readRegularFile()", () => {
  test("returns all bytes up to the limit, and refuses larger files", async () => {
    const path = join(folder, "x");
    writeFileSync(path, "x".repeat(100_000));
    expect((await readRegularFile(path, 100_000)).length).toBe(100_000);
    await expect(readRegularFile(path, 99_999)).rejects.toThrow(FileTooLargeError);
  });

  (process.platform === "linux" ? test : test.skip)("goes by the bytes, not by the size a file claims", async () => {
    await expect(readRegularFile("/proc/self/smaps", 1_000)).rejects.toThrow(FileTooLargeError);
    expect((await readRegularFile("/proc/self/status", 1_000_000)).length).toBeGreaterThan(100);
  });
});
