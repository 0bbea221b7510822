import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { lockStateFolder } from "../../src/state/state-lock.ts";
import { tempFolders } from "../reading/temp-folder.ts";

const newFolder = tempFolders();
const nothing = (): void => undefined;

function writeLock(folder: string, holder: { pid: number; host?: string }, ageMs = 0): void {
  const path = join(folder, "lock");
  writeFileSync(path, JSON.stringify({ pid: holder.pid, host: holder.host ?? hostname(), token: "00000000-0000" }));
  const at = (Date.now() - ageMs) / 1000;
  utimesSync(path, at, at);
}

/** The id of a process that has ended. */
function endedPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("lockStateFolder()", () => {
  test("takes a folder, making it, and gives it back", async () => {
    const folder = join(newFolder(), "state");
    const lock = await lockStateFolder(folder, nothing);
    expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({
      pid: process.pid,
      host: hostname(),
    });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("refuses a folder that a running process holds", async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    try {
      writeLock(folder, { pid: child.pid ?? 0 });
      await expect(lockStateFolder(folder, nothing)).rejects.toThrow(
        `Cannot use the state folder "${folder}": process ${String(child.pid)} on ${hostname()} uses it`,
      );
    } finally {
      child.kill("SIGKILL");
    }
  });

  test.each([
    ["of a process that is no more", () => ({ pid: endedPid() }), 0],
    ["of this process's id, as a container's next start has it", () => ({ pid: process.pid }), 0],
    ["of another host without a sign of life", () => ({ pid: 1, host: "elsewhere" }), 100_000],
    ["of a process id given to another process since", () => ({ pid: 1 }), 100_000],
  ])("takes the lock over %s", async (_, holder, ageMs) => {
    const folder = newFolder();
    writeLock(folder, holder(), ageMs);
    const lock = await lockStateFolder(folder, nothing);
    expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(["lock"]);
    await lock.release();
  });

  test("refuses the lock of another host that gave a sign of life", async () => {
    const folder = newFolder();
    writeLock(folder, { pid: 1, host: "elsewhere" }, 30_000);
    await expect(lockStateFolder(folder, nothing)).rejects.toThrow("process 1 on elsewhere uses it");
  });

  test("takes over a lock that was not written to its end", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), "{");
    const lock = await lockStateFolder(folder, nothing);
    await lock.release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  test("does not give another's lock back", async () => {
    const folder = newFolder();
    const lock = await lockStateFolder(folder, nothing);
    writeLock(folder, { pid: 1, host: "elsewhere" });
    await lock.release();
    expect(existsSync(join(folder, "lock"))).toBe(true);
  });
});
