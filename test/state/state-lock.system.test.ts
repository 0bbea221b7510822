import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ownHolder, type Holder } from "../../src/state/lock-holder.ts";
import { lockStateFolder, StateLostError, type LockOptions, type StateLock } from "../../src/state/state-lock.ts";
import { tempFolders } from "../reading/temp-folder.ts";

const newFolder = tempFolders();
const TOKEN = "00000000-0000-4000-8000-000000000000";

/** Renewed every 20 ms; stale after 100 ms without renewal. */
function take(folder: string, heard: string[] = []): Promise<StateLock> {
  const options: LockOptions = {
    signMs: 20,
    watchMs: 100,
    onLost: (holder) => heard.push(`lost: ${holder}`),
    onTakenAgain: () => heard.push("taken again"),
  };
  return lockStateFolder(folder, options);
}

async function writeLock(folder: string, holder: Partial<Holder>): Promise<void> {
  writeFileSync(join(folder, "lock"), JSON.stringify({ ...(await ownHolder()), token: TOKEN, ...holder }));
}

const lockOf = (folder: string): unknown => JSON.parse(readFileSync(join(folder, "lock"), "utf8"));

/** The id of a process that has exited. */
function endedPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

/** Renews the lock until it is stopped, like a holder in another container. */
function signsOfLife(folder: string): () => void {
  const timer = setInterval(() => utimesSync(join(folder, "lock"), new Date(), new Date()), 10);
  return () => clearInterval(timer);
}

describe("lockStateFolder()", () => {
  test("locks a folder, creating it, and unlocks it", async () => {
    const folder = join(newFolder(), "some", "state");
    const lock = await take(folder);
    expect(lockOf(folder)).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  (process.platform === "linux" ? test : test.skip)("refuses a folder that a running process holds", async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, ["-e", "console.log(1);setInterval(() => {}, 1000)"]);
    try {
      await once(child.stdout, "data");
      const stat = readFileSync(`/proc/${String(child.pid)}/stat`, "latin1");
      await writeLock(folder, {
        pid: child.pid ?? 0,
        started: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "",
      });
      await expect(take(folder)).rejects.toThrow(
        `Cannot use the state folder "${folder}": process ${String(child.pid)} on ${hostname()} uses it`,
      );
    } finally {
      child.kill("SIGKILL");
    }
  });

  test.each<[string, () => Partial<Holder>]>([
    ["of a process that has exited", () => ({ pid: endedPid() })],
    ["of a process id that was reused", () => ({ pid: process.pid, started: "1" })],
    ["of another container that does not renew it", () => ({ pid: process.pid, world: "another" })],
    ["of another host that does not renew it", () => ({ pid: 1, host: "elsewhere", world: "another" })],
    ["of an older version that does not renew it", () => ({ pid: process.pid, world: null, started: null })],
  ])("takes over the lock %s", async (_, holder) => {
    const folder = newFolder();
    await writeLock(folder, holder());
    const lock = await take(folder);
    expect(lockOf(folder)).toMatchObject({ pid: process.pid });
    expect(lockOf(folder)).not.toMatchObject({ token: TOKEN });
    expect(readdirSync(folder)).toEqual(["lock"]);
    await lock.release();
  });

  test.each<[string, Partial<Holder>]>([
    ["of a container with the same host name and process id", { pid: process.pid, world: "another" }],
    ["of another host", { pid: 1, host: "elsewhere", world: "another" }],
    ["of an older version", { pid: process.pid, world: null, started: null }],
  ])("refuses a lock %s whose holder is alive", async (_, holder) => {
    const folder = newFolder();
    await writeLock(folder, holder);
    const stop = signsOfLife(folder);
    await expect(take(folder)).rejects.toThrow(/process \d+ on \S+ uses it/);
    stop();
    expect(lockOf(folder)).toMatchObject({ token: TOKEN });
  });

  test("waits for a lock that its holder releases meanwhile", async () => {
    const folder = newFolder();
    await writeLock(folder, { world: "another" });
    const taking = take(folder);
    rmSync(join(folder, "lock"));
    await (await taking).release();
  });

  test("takes over an incomplete lock file", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "lock"), "{");
    const lock = await take(folder);
    await lock.release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  test("renews its lock file", async () => {
    const folder = newFolder();
    const lock = await take(folder);
    const before = statSync(join(folder, "lock")).mtimeMs;
    while (statSync(join(folder, "lock")).mtimeMs === before) await new Promise((resolve) => setImmediate(resolve));
    await lock.release();
  });
});

describe("A lock that another process has taken", () => {
  test("is lost permanently: reported once, refused at every check, and not released", async () => {
    const folder = newFolder();
    const heard: string[] = [];
    const lock = await take(folder, heard);
    await writeLock(folder, { pid: 1, host: "elsewhere" });
    for (let times = 0; times < 3; times++) await expect(lock.check()).rejects.toThrow(StateLostError);
    expect(heard).toEqual(["lost: process 1 on elsewhere uses it"]);
    rmSync(join(folder, "lock"));
    await expect(lock.check()).rejects.toThrow("process 1 on elsewhere uses it");
    await writeLock(folder, { pid: 1, host: "elsewhere" });
    await lock.release();
    expect(lockOf(folder)).toMatchObject({ token: TOKEN });
  });
});

describe("Simultaneous checks of a lost lock", () => {
  test("report the loss once, and all fail", async () => {
    const folder = newFolder();
    const heard: string[] = [];
    const lock = await take(folder, heard);
    await writeLock(folder, { pid: 1, host: "elsewhere" });
    const checks = await Promise.allSettled(Array.from({ length: 20 }, () => lock.check()));
    expect(checks.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => "rejected"));
    expect(heard).toEqual(["lost: process 1 on elsewhere uses it"]);
  });
});

describe("A state folder that was deleted", () => {
  test.each(["deleted", "deleted and created again"])("is locked again when it was %s", async (how) => {
    const folder = join(newFolder(), "state");
    const heard: string[] = [];
    const lock = await take(folder, heard);
    rmSync(folder, { recursive: true });
    if (how.endsWith("again")) mkdirSync(folder);
    await lock.check();
    expect([heard, lockOf(folder)]).toMatchObject([["taken again"], { pid: process.pid }]);
    await lock.release();
  });
});
