import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Mounts } from "../../src/follow/mounts.ts";
import { OpenFolder } from "../../src/follow/open-folder.ts";

const mounts = new Mounts();
let root = "";
let path = "";
beforeEach(() => {
  // On a memory disk, which is local whatever the machine's other file systems are.
  root = mkdtempSync("/dev/shm/hma-open-");
  path = join(root, "W3SVC1");
  mkdirSync(path);
  writeFileSync(join(path, "a.log"), "one");
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function opened(): Promise<OpenFolder> {
  const folder = await OpenFolder.open(path, mounts);
  if (folder === null) throw new Error("not local");
  return folder;
}

function textOf(folder: OpenFolder, name: string): string | null {
  const file = folder.openFile(name);
  if (file === null) return null;
  const bytes = Buffer.alloc(16);
  const length = readSync(file.descriptor, bytes, 0, 16, 0);
  closeSync(file.descriptor);
  return bytes.toString("latin1", 0, length);
}

(process.platform === "linux" ? describe : describe.skip)("OpenFolder, which needs Linux", () => {
  test("lists and opens the files of a folder on a local disk", async () => {
    const folder = await opened();
    expect(folder.entries().map(({ name }) => name)).toEqual(["a.log"]);
    expect(textOf(folder, "a.log")).toBe("one");
    expect(folder.factsOf("a.log")?.ino).toBe(statSync(join(path, "a.log"), { bigint: true }).ino);
    folder.close();
  });

  test("is not made for a folder that is not on a disk, and fails for one that is missing or a file", async () => {
    expect(await OpenFolder.open("/proc/self", mounts)).toBeNull();
    await expect(OpenFolder.open(join(root, "missing"), mounts)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(OpenFolder.open(join(path, "a.log"), mounts)).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test("stays in the folder that it opened, wherever the path leads by now", async () => {
    const folder = await opened();
    renameSync(path, join(root, "away"));
    symlinkSync("/proc/self", path);
    expect(textOf(folder, "a.log")).toBe("one");
    folder.close();
  });

  test("leaves links, pipes, folders and missing files to the caller", async () => {
    const folder = await opened();
    symlinkSync(join(path, "a.log"), join(path, "link.log"));
    symlinkSync("/proc/self/stat", join(path, "elsewhere.log"));
    execFileSync("mkfifo", [join(path, "pipe.log")]);
    mkdirSync(join(path, "folder.log"));
    for (const name of ["link.log", "elsewhere.log", "pipe.log", "folder.log", "missing.log"]) {
      expect([name, folder.openFile(name)]).toEqual([name, null]);
      expect([name, folder.factsOf(name)]).toEqual([name, null]);
    }
    folder.close();
  });

  test("leaves a file to the caller that has the name of something mounted", async () => {
    writeFileSync(join(path, "shm"), "one");
    const folder = await opened();
    expect(folder.openFile("shm")).toBeNull();
    folder.close();
  });
});
