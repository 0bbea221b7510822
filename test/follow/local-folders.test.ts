import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FolderWatch } from "../../src/follow/folder-watch.ts";
import { LocalFolders, namesInLocalFolder } from "../../src/follow/local-disks.ts";
import { ShareTimeout } from "../../src/follow/share-timeout.ts";

/** On a memory disk, which is local whatever the machine's other file systems are. */
const describeOnLinux = process.platform === "linux" ? describe : describe.skip;

const LONG_AGO = new Date("2026-11-22T08:00:00Z");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/hma-folders-");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeOnLinux("LocalFolders, which needs Linux", () => {
  test("returns the device of a folder on a local disk", () => {
    mkdirSync(join(folder, "EX01/W3SVC1"), { recursive: true });
    expect(new LocalFolders().deviceOf(join(folder, "EX01/W3SVC1"))).toBe(statSync(folder).dev);
  });

  test.each([
    ["a link to a folder", "link"],
    ["a folder below a link", "link/W3SVC1"],
    ["a file", "file"],
    ["a missing folder", "missing"],
  ])("returns none for %s", (_, path) => {
    mkdirSync(join(folder, "EX01/W3SVC1"), { recursive: true });
    symlinkSync(join(folder, "EX01"), join(folder, "link"));
    writeFileSync(join(folder, "file"), "");
    expect(new LocalFolders().deviceOf(join(folder, path))).toBeNull();
  });

  test("returns none for a folder that is not on a disk", () => {
    expect(new LocalFolders().deviceOf("/proc/self")).toBeNull();
  });

  test("returns none for a folder over which a share or another file system is mounted, without asking it", () => {
    const folders = new LocalFolders();
    expect(folders.mounts.mayHang("/proc")).toBe(true);
    expect(folders.mounts.mayHang("/dev/shm")).toBe(false);
    expect(folders.mounts.mayHang(join(folder, "EX01"))).toBe(false);
    expect(folders.deviceOf("/proc")).toBeNull();
  });

  test("lists the names in a folder on a local disk, and in no other", () => {
    mkdirSync(join(folder, "farm/EX01"), { recursive: true });
    writeFileSync(join(folder, "farm/truth.json"), "");
    symlinkSync(join(folder, "farm"), join(folder, "link"));
    expect(namesInLocalFolder(join(folder, "farm"))?.toSorted()).toEqual(["EX01", "truth.json"]);
    for (const other of [join(folder, "link"), join(folder, "missing"), "/proc/self"])
      expect(namesInLocalFolder(other)).toBeNull();
  });

  test("finds a folder that was missing before", () => {
    const folders = new LocalFolders();
    const path = join(folder, "EX01");
    expect(folders.deviceOf(path)).toBeNull();
    mkdirSync(path);
    expect(folders.deviceOf(path)).toBe(statSync(path).dev);
  });
});

describeOnLinux("a watch of a folder on a local disk, which needs Linux", () => {
  const limits = { listMs: 3_600_000, localListMs: 3_600_000, unsettledMs: 0 };
  const localFolders = new LocalFolders();
  const listing = { shareTimeout: new ShareTimeout(10_000), limits, localFolders };
  let path = "";
  let watch: FolderWatch;
  beforeEach(async () => {
    path = join(folder, "W3SVC1");
    mkdirSync(path);
    writeFileSync(join(path, "a.log"), "");
    watch = new FolderWatch({ server: "EX01", as: "W3SVC1", path }, 0, 0);
    expect(watch.isUnchanged(listing)).toBe(false);
    expect(await watch.list(listing)).toEqual(["a.log"]);
    expect(watch.isUnchanged(listing)).toBe(true);
  });

  test("is unchanged while nothing is created in it", () => {
    expect(watch.isUnchanged(listing)).toBe(true);
    writeFileSync(join(path, "a.log"), "more");
    expect(watch.isUnchanged(listing)).toBe(true);
  });

  test("is listed once more when it changed just before it was listed: it may change again with the same time", async () => {
    const fresh = new FolderWatch({ server: "EX01", as: "W3SVC1", path }, 0, 0);
    const slow = { ...listing, limits: { ...limits, unsettledMs: 60_000 } };
    expect([await fresh.list(slow), await fresh.list(slow)]).toEqual([["a.log"], ["a.log"]]);
    expect(fresh.isUnchanged(slow)).toBe(false);
    utimesSync(path, LONG_AGO, LONG_AGO);
    const old = new FolderWatch({ server: "EX01", as: "W3SVC1", path }, 0, 0);
    expect([await old.list(slow), await old.list(slow)]).toEqual([["a.log"], null]);
    expect(old.isUnchanged(slow)).toBe(true);
  });

  test("is changed when a file is created in it, and is then listed", async () => {
    writeFileSync(join(path, "b.log"), "");
    expect(watch.isUnchanged(listing)).toBe(false);
    expect(await watch.list(listing)).toEqual(["a.log", "b.log"]);
  });

  test("is listed again after the maximum time", () => {
    expect(watch.isUnchanged({ localFolders, limits: { ...limits, localListMs: 0 } })).toBe(false);
  });

  test("is listed more often if it contains a link, because the link's file may change without a change of the folder", async () => {
    symlinkSync(join(folder, "elsewhere"), join(path, "b.log"));
    expect(await watch.list(listing)).toEqual(["a.log", "b.log"]);
    await watch.list(listing);
    expect(watch.isUnchanged(listing)).toBe(true);
    expect(watch.isUnchanged({ localFolders, limits: { ...limits, listMs: 0 } })).toBe(false);
  });

  test("is listed at once as it is with waiting, and only when it must be", () => {
    writeFileSync(join(path, "b.log"), "");
    mkdirSync(join(path, "folder"));
    symlinkSync(join(folder, "elsewhere"), join(path, "link.log"));
    expect(watch.isUnchanged(listing)).toBe(false);
    expect(watch.listAtOnce(listing)).toEqual(["a.log", "b.log", "link.log"]);
    expect(watch.open?.openFile("b.log")).not.toBeNull();
    watch.listAtOnce(listing);
    expect(watch.isUnchanged(listing)).toBe(true);
    expect(watch.listAtOnce(listing)).toBeNull();
  });

  test.each([
    ["is missing", (): void => undefined],
    ["is a link to a folder", (): void => symlinkSync(join(folder, "away"), path)],
    ["is not on a disk", (): void => symlinkSync("/proc/self/fdinfo", path)],
    ["is a file", (): void => writeFileSync(path, "")],
  ])("is not listed at once when its path %s by now", (_, replace) => {
    renameSync(path, join(folder, "away"));
    replace();
    watch.isDirty = true;
    expect(watch.isUnchanged(listing)).toBe(false);
    expect(watch.listAtOnce(listing)).toBeUndefined();
    expect(watch.open).toBeNull();
  });

  test("is changed when it is marked as dirty", () => {
    watch.isDirty = true;
    expect(watch.isUnchanged(listing)).toBe(false);
  });

  test("is local again after it was missing for a while", async () => {
    renameSync(path, join(folder, "away"));
    expect(watch.isUnchanged(listing)).toBe(false);
    expect(await watch.list(listing)).toEqual([]);
    renameSync(join(folder, "away"), path);
    expect(watch.isUnchanged(listing)).toBe(false);
    expect([await watch.list(listing), await watch.list(listing)]).toEqual([["a.log"], ["a.log"]]);
    expect(await watch.list(listing)).toBeNull();
    expect(watch.isUnchanged(listing)).toBe(true);
  });

  test("is queried with the time-out for shares as soon as its path leads to another file system", async () => {
    rmSync(path, { recursive: true });
    symlinkSync("/proc/self/fdinfo", path);
    expect(watch.isUnchanged(listing)).toBe(false);
    for (let listings = 0; listings < 3; listings++) await watch.list(listing);
    expect(watch.isUnchanged(listing)).toBe(false);
  });
});
