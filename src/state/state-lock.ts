import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, reasonOf } from "../reading/file-error.ts";

/** A state folder held by this process. */
export interface StateLock {
  /** Gives the folder back. */
  release(): Promise<void>;
}

/** Who holds a lock, as its file says. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** The holder gives a sign of life this often; without one for longer than that, the lock of another host is stale. */
const SIGN_EVERY_MS = 20_000;
const STALE_AFTER_MS = 90_000;
const WRITING_MS = 1_000;
const MOST_TRIES = 10;

/**
 * Takes the state folder for this process, making it if need be. The lock of a process that is no more is taken over. `onLost` is called when
 * another process has taken the folder all the same.
 * Throws an Error when another process holds it or the folder does not take the lock.
 */
export async function lockStateFolder(folder: string, onLost: () => void): Promise<StateLock> {
  const path = join(folder, "lock");
  const own: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let tries = 0; !(await tryLock(path, own)); tries++) {
      if (tries === MOST_TRIES) throw new Error("other processes take it again and again");
      const holder = await readHolder(path);
      const ageMs = await ageOf(path);
      if (holder !== null && isAlive(holder, ageMs, own)) throw new HeldError(holder);
      // Another process may be writing it just now.
      if (holder === null && ageMs < WRITING_MS) await sleep(WRITING_MS / 4);
      else await removeStale(path, holder, own);
    }
  } catch (error) {
    throw new Error(`Cannot use the state folder "${folder}": ${reasonOf(error)}`, { cause: error });
  }
  return holdLock(path, own, onLost);
}

class HeldError extends Error {
  constructor(holder: Holder) {
    super(`process ${String(holder.pid)} on ${holder.host} uses it`);
  }
}

async function tryLock(path: string, own: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(own), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Null when the lock is gone or says nothing: a process died while it wrote it. */
async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  // Sample: {"pid":4711,"host":"EX01","token":"6f1c1c0e-8a8e-4b1e-9f0a-0d5c7d2f9a11"}
  const parts = /^\{"pid":(\d+),"host":"([^"]*)","token":"([0-9a-f-]+)"\}$/.exec(text);
  return parts === null ? null : { pid: Number(parts[1]), host: parts[2] ?? "", token: parts[3] ?? "" };
}

function isAlive(holder: Holder, ageMs: number, own: Holder): boolean {
  // The process of a container has the same id at every start.
  if (holder.host === own.host && (holder.pid === own.pid || !isRunning(holder.pid))) return false;
  // A process id may have been given to another process since.
  return ageMs < STALE_AFTER_MS;
}

/** Time since the last sign of life; Infinity when the lock is gone. */
async function ageOf(path: string): Promise<number> {
  const facts = await stat(path).catch(() => null);
  return facts === null ? Infinity : Date.now() - facts.mtimeMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Takes the stale lock away by a rename, so that of several processes one takes it, and none takes another's new one for it. */
async function removeStale(path: string, stale: Holder | null, own: Holder): Promise<void> {
  const aside = `${path}.${own.token}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const taken = await readHolder(aside);
  if (taken !== null && taken.token !== stale?.token) await rename(aside, path);
  else await unlink(aside);
}

/** Gives signs of life until it is released. */
function holdLock(path: string, own: Holder, onLost: () => void): StateLock {
  const timer = setInterval(() => {
    giveSign(path, own).then(
      (isOurs) => {
        if (isOurs) return;
        clearInterval(timer);
        onLost();
      },
      () => undefined,
    );
  }, SIGN_EVERY_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      const holder = await readHolder(path);
      if (holder?.token === own.token) await unlink(path);
    },
  };
}

/** False when the lock is another's by now. */
async function giveSign(path: string, own: Holder): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder !== null && holder.token !== own.token) return false;
  const now = new Date();
  if (holder !== null) await utimes(path, now, now);
  return true;
}
