import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ContentPort } from "../../../src/follow/bytes/byte-source.ts";
import { PlainBytes } from "../../../src/follow/bytes/plain-bytes.ts";
import { FileHandles } from "../../../src/follow/file-handles.ts";
import { FollowedFile } from "../../../src/follow/identity/followed-file.ts";
import { ShareTimeout } from "../../../src/follow/share-timeout.ts";
import { LineReader, startOfLines } from "../../../src/reading/line-reader.ts";
import { RowCollector, tinyFormat } from "../../reading/tiny-format.ts";

const LONG_AGO = new Date("2026-11-22T08:00:00Z");

let folder = "";
let path = "";
let handles: FileHandles;
let bytes: PlainBytes;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-bytes-"));
  path = join(folder, "a.log");
  const shareTimeout = new ShareTimeout(10_000, () => 0);
  handles = new FileHandles({ maxOpenFiles: 8, unsettledMs: 3_000 }, shareTimeout, () => 0);
  const unused = (): never => {
    throw new Error("Not expected");
  };
  const port: ContentPort = {
    wall: () => 0,
    steady: () => 0,
    shareTimeout,
    handles,
    bufferBytes: 65_536,
    recognise: unused,
    isCertainlyNew: unused,
    folderOf: unused,
    replace: unused,
    adopt: unused,
    packedBefore: unused,
  };
  bytes = new PlainBytes(port);
});
afterEach(() => {
  handles.closeAll();
  rmSync(folder, { recursive: true, force: true });
});

/** The file, open and local, with this content, written long ago. */
async function opened(content: string): Promise<FollowedFile> {
  writeFileSync(path, content);
  utimesSync(path, LONG_AGO, LONG_AGO);
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
  const file = new FollowedFile(reader, location, { generation: 0, nowMs: 0 });
  handles.markLocal(file, await handles.open(file));
  file.become("followed");
  return file;
}

/** Reads on up to the horizon (Unix ms). True when there is more to read. */
function readOn(file: FollowedFile, horizonMs: number): boolean {
  const range = bytes.nextAtOnce(file);
  if (range === null) throw new Error("Cannot read the file at once");
  const { reader } = file;
  const { offset } = reader;
  reader.consume(range, horizonMs);
  const consumed = reader.offset - offset;
  file.fingerprint.extend(
    { bytes: range.bytes, start: range.start, end: range.start + consumed, offset },
    reader.bodyStart,
  );
  return bytes.taken(file, range, consumed);
}

describe("the end of a local file", () => {
  test.each([
    { what: "whole lines", last: "3 3\n" },
    { what: "a line without its end", last: "3 3\n4 4" },
  ])("is noted when all steps are done: $what", async ({ last }) => {
    const file = await opened(`#Fields a\n1 1\n2 2\n${last}`);
    for (const horizonMs of [1, 2]) {
      expect(readOn(file, horizonMs)).toBe(true);
      expect(handles.isUnchanged(file, 0)).toBe(false);
    }
    expect(readOn(file, Infinity)).toBe(false);
    expect(handles.isUnchanged(file, 0)).toBe(true);
    appendFileSync(path, "\n4 4\n");
    expect(handles.isUnchanged(file, 0)).toBe(false);
    utimesSync(path, LONG_AGO, LONG_AGO);
    expect(readOn(file, Infinity)).toBe(false);
    expect(handles.isUnchanged(file, 0)).toBe(true);
  });

  test("is not noted when the file has grown since it was read", async () => {
    const file = await opened("#Fields a\n1 1\n");
    const range = bytes.nextAtOnce(file);
    if (range === null) throw new Error("Cannot read the file at once");
    appendFileSync(path, "2 2\n");
    utimesSync(path, LONG_AGO, LONG_AGO);
    file.reader.consume(range, Infinity);
    expect(bytes.taken(file, range, file.reader.offset)).toBe(false);
    expect(handles.isUnchanged(file, 0)).toBe(false);
  });
});
