import { rename, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pause } from "../reading/pause.ts";
import { makeFolder } from "../files/make-folder.ts";
import { errorCode, systemReasonOf } from "../reading/file-error.ts";
import { livenessOf, ownHolder, type Holder } from "./lock-holder.ts";
import { readLock, type LockReading } from "./read-lock.ts";

/** A state folder that this process has locked. */
export interface StateLock {
  /**
   * Checks that this process still has the lock, and creates folder and lock again if they were deleted. Throws a StateLostError if another
   * process has the lock.
   */
  check(): Promise<void>;
  /** Releases the lock. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** Called once, with the new holder, if another process has taken the lock. */
  readonly onLost: (holder: string) => void;
  /** Called when the folder was deleted and has been created and locked again. */
  readonly onTakenAgain: () => void;
  /**
   * `signMs`: interval at which the holder touches the lock. `watchMs`: a lock that was not touched for this time belongs to a dead
   * process. ms.
   */
  readonly signMs?: number;
  readonly watchMs?: number;
}

/** Another process has locked the state folder. */
export class StateLostError extends Error {}

const SIGN_MS = 2_000;
/** Four intervals, plus time for a busy machine. */
const WATCH_MS = 9_000;
/** Older versions touched the lock every 20 s. */
const WATCH_OLD_FACTOR = 5;
const LOOK_MS = 250;
const MAX_TRIES = 10;

/**
 * Locks the state folder for this process, and creates it if necessary. Takes over the lock of a process that has ended: at once if the end
 * of the process is visible, otherwise (a container, another machine) when the lock has not been touched for `watchMs` by the monotonic
 * clock. Throws an Error if another process has the lock or the lock cannot be written.
 */
export async function lockStateFolder(folder: string, options: LockOptions): Promise<StateLock> {
  const path = join(folder, "lock");
  const own = await ownHolder();
  try {
    await makeFolder(folder, 0o700);
    for (let tries = 0; !(await tryLock(path, own)); tries++) {
      if (tries === MAX_TRIES) throw new Error("other processes take the lock again and again");
      const found = await readLock(path);
      if (found.kind === "missing") continue;
      if (await isAlive(path, found, { own, watchMs: options.watchMs ?? WATCH_MS })) throw new HeldError(found.holder);
      await removeStale(path, found.holder, own);
    }
  } catch (error) {
    throw new Error(`Cannot use the state folder "${folder}": ${systemReasonOf(error)}`, { cause: error });
  }
  return holdLock({ folder, path, own }, options);
}

function sentenceOf(holder: Holder | null): string {
  return holder === null ? "another process uses it" : `process ${String(holder.pid)} on ${holder.host} uses it`;
}

class HeldError extends Error {
  constructor(holder: Holder | null) {
    super(sentenceOf(holder));
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

/** Whether the lock's holder lives. Watches the lock for `watchMs` if the end of its process would not be visible to `own`. */
async function isAlive(
  path: string,
  found: LockReading,
  { own, watchMs }: { readonly own: Holder; readonly watchMs: number },
): Promise<boolean> {
  const { holder } = found;
  const liveness = holder === null ? "unknown" : await livenessOf(holder, own);
  if (liveness !== "unknown") return liveness === "alive";
  const isOld = holder !== null && holder.world === null && process.platform === "linux";
  const endsAt = performance.now() + (isOld ? watchMs * WATCH_OLD_FACTOR : watchMs);
  while (performance.now() < endsAt) {
    await pause(LOOK_MS);
    const now = await readLock(path);
    // The lock was released or touched.
    if (now.kind === "missing") return false;
    if (now.mark !== found.mark) return true;
  }
  return false;
}

/** Removes the stale lock by a rename, so that of several processes only one removes it, and none removes another's new lock. */
async function removeStale(path: string, stale: Holder | null, own: Holder): Promise<void> {
  const aside = `${path}.${own.token}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const taken = (await readLock(aside)).holder;
  if (taken !== null && taken.token !== stale?.token) await rename(aside, path);
  else await unlink(aside);
}

/** Touches the lock until it is released. */
function holdLock(held: { folder: string; path: string; own: Holder }, options: LockOptions): StateLock {
  const { folder, path, own } = held;
  let lostTo: string | null = null;

  async function check(): Promise<void> {
    if (lostTo === null) {
      const found = await readLock(path);
      if (found.kind === "missing" && (await takeAgain())) return;
      const { holder } = found.kind === "missing" ? await readLock(path) : found;
      if (holder?.token === own.token) return;
      // Of checks that run at once, the first reports the loss.
      if (lostTo === null) reportLoss(sentenceOf(holder));
    }
    throw new StateLostError(`another process has taken the state folder "${folder}": ${lostTo}`);
  }

  function reportLoss(to: string): void {
    lostTo = to;
    clearInterval(timer);
    options.onLost(to);
  }

  async function takeAgain(): Promise<boolean> {
    await makeFolder(folder, 0o700);
    if (!(await tryLock(path, own))) return false;
    options.onTakenAgain();
    return true;
  }

  const timer = setInterval(() => {
    const now = new Date();
    check()
      .then(() => utimes(path, now, now))
      .catch(() => undefined);
  }, options.signMs ?? SIGN_MS);
  timer.unref();
  return {
    check,
    release: async () => {
      clearInterval(timer);
      const { holder } = await readLock(path);
      if (holder?.token === own.token) await unlink(path);
    },
  };
}
