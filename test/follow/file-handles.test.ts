import {
  appendFileSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FileHandles } from "../../src/follow/file-handles.ts";
import { FollowedFile } from "../../src/follow/identity/followed-file.ts";
import { isOnLocalDisk } from "../../src/follow/local-disks.ts";
import { ShareTimeout } from "../../src/follow/share-timeout.ts";
import { LineReader, startOfLines } from "../../src/reading/line-reader.ts";
import { RowCollector, tinyFormat } from "../reading/tiny-format.ts";

const LONG_AGO = new Date("2026-11-22T08:00:00Z");

let folder = "";
let path = "";
let handles: FileHandles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-handles-"));
  path = join(folder, "a.log");
  writeFileSync(path, "one\n");
  utimesSync(path, LONG_AGO, LONG_AGO);
  handles = new FileHandles({ maxOpenFiles: 8, unsettledMs: 3_000 }, new ShareTimeout(10_000), () => 0);
});
afterEach(() => {
  handles.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

function followed(): FollowedFile {
  const source = {
    server: "EX01",
    fileKey: 1,
    format: tinyFormat(),
    log: { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" },
    sinceMs: 0,
    untilMs: Infinity,
  } as const;
  const reader = new LineReader(source, { sink: new RowCollector(), maxLineBytes: 100 }, startOfLines());
  const location = { folderKey: "", name: "a.log", relPath: "a.log", path, startMs: null, endMs: null };
  return new FollowedFile(reader, location, { generation: 0, nowMs: 0 });
}

/** The file after it was opened and read to its current end; it is local. */
async function readToEnd(): Promise<FollowedFile> {
  const file = followed();
  handles.markLocal(file, await handles.open(file));
  const facts = statSync(path);
  handles.noteEnd(file, facts.size, facts);
  return file;
}

describe("FileHandles.isUnchanged()", () => {
  test("is true for a file that was not written since it was read to its end, and false after another row", async () => {
    const file = await readToEnd();
    expect(handles.isUnchanged(file, 0)).toBe(true);
    appendFileSync(path, "two\n");
    expect(handles.isUnchanged(file, 0)).toBe(false);
  });

  test("is false for different bytes of the same length", async () => {
    const file = await readToEnd();
    writeFileSync(path, "two\n");
    expect(handles.isUnchanged(file, 0)).toBe(false);
  });

  test("is false for a file that changed just before, because it may change again with the same time", async () => {
    const now = new Date();
    utimesSync(path, now, now);
    expect(handles.isUnchanged(await readToEnd(), 0)).toBe(false);
  });

  test("is false after the file was truncated and written to the same length, even if the clock was set back", async () => {
    const file = await readToEnd();
    writeFileSync(path, "");
    writeFileSync(path, "two\n");
    utimesSync(path, new Date(LONG_AGO.getTime() - 3_600_000), new Date(LONG_AGO.getTime() - 3_600_000));
    expect(handles.isUnchanged(file, 0)).toBe(false);
  });

  test("is false for a file whose handle was reopened", async () => {
    const file = await readToEnd();
    await handles.open(file);
    expect(handles.isUnchanged(file, 0)).toBe(false);
  });

  test("is false for a file that may be on a share, was not read to its end, or replaced another one", async () => {
    const shared = followed();
    await handles.open(shared);
    const facts = statSync(path);
    handles.noteEnd(shared, facts.size, facts);
    expect(handles.isUnchanged(shared, 0)).toBe(false);
    const unread = await readToEnd();
    handles.noteEnd(unread, facts.size - 1, facts);
    expect(handles.isUnchanged(unread, 0)).toBe(false);
    const other = followed();
    handles.move(await readToEnd(), other);
    expect(handles.isUnchanged(other, 0)).toBe(false);
  });
});

test("closeIdle() closes at most as many handles as allowed, and the others later", async () => {
  for (let files = 0; files < 3; files++) await handles.open(followed());
  handles.closeIdle(1, 2);
  expect(handles.size).toBe(1);
  handles.closeIdle(1, 2);
  expect(handles.size).toBe(0);
});

(process.platform === "linux" ? describe : describe.skip)("isOnLocalDisk(), which needs Linux", () => {
  async function isLocal(target: string): Promise<boolean> {
    const handle = await open(target);
    try {
      return await isOnLocalDisk(handle.fd);
    } finally {
      await handle.close();
    }
  }

  test("is true for a file on a local disk", async () => {
    expect(await isLocal(path)).toBe(true);
  });

  // A file system of another type simulates a share.
  test("is false for a link to another file system, and for a file there", async () => {
    const link = join(folder, "link.log");
    symlinkSync("/proc/self/stat", link);
    expect(await isLocal(link)).toBe(false);
    expect(await isLocal("/proc/self/stat")).toBe(false);
  });

  test("checks the open file, not the current file at its path", async () => {
    const link = join(folder, "link.log");
    symlinkSync("/proc/self/stat", link);
    const handle = await open(link);
    unlinkSync(link);
    writeFileSync(link, "one\n");
    expect(await isOnLocalDisk(handle.fd)).toBe(false);
    await handle.close();
  });

  test("is false for a closed descriptor", async () => {
    expect(await isOnLocalDisk(1_000_000)).toBe(false);
  });
});
