import { randomUUID } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { errorCode } from "../reading/file-error.ts";

/** Who holds a lock, as its file says. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
  /** Where its process id means something: a boot of a machine and a namespace of process ids; null where that is not known. */
  readonly world: string | null;
  /** When the process started, in the system's own unit; null where that is not known. */
  readonly started: string | null;
}

/** What can be said of a lock's holder from here. */
export type Liveness = "alive" | "dead" | "unknown";

/** This process, with a token of its own. */
export async function ownHolder(): Promise<Holder> {
  return {
    pid: process.pid,
    host: hostname(),
    token: randomUUID(),
    world: await ownWorld(),
    started: await startOf(process.pid),
  };
}

/** The holder that a lock's text names; null when it names none. Locks of older versions have neither world nor start. */
export function parseHolder(text: string): Holder | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { pid, host, token, world, started } = { pid: 0, host: "", token: "", world: null, started: null, ...value };
  if (!Number.isSafeInteger(pid) || typeof host !== "string" || typeof token !== "string" || token === "") return null;
  return { pid, host, token, world: textOrNull(world), started: textOrNull(started) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * Whether the holder's process runs. This is known where both see the same process ids. A container has its own, in which its process has
 * the same id at every start: of a holder in another world, or of none that is known, the id says nothing.
 */
export async function livenessOf(holder: Holder, own: Holder): Promise<Liveness> {
  if (holder.world !== null && own.world !== null) {
    if (holder.world !== own.world) return "unknown";
    return (await startOf(holder.pid)) === holder.started ? "alive" : "dead";
  }
  // Without worlds (Windows), an id that is taken may be another process's by now.
  if (holder.host !== own.host || holder.pid === own.pid) return "unknown";
  return isRunning(holder.pid) ? "unknown" : "dead";
}

/** Linux alone tells it. */
async function ownWorld(): Promise<string | null> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()} ${await readlink("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

/** Null when there is no such process, or the system does not tell. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, "latin1").catch(() => "");
  // The second field is the program's name in brackets, which may hold anything; the start is the 22nd.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[19] ?? null;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
