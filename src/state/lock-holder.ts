import { randomUUID } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { errorCode } from "../reading/file-error.ts";

/** The holder of a lock, as written in its file. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
  /** Identifies where the process id is valid: a boot of a machine and a namespace of process ids; null if unknown. */
  readonly world: string | null;
  /** Start time of the process, in the system's own unit; null if unknown. */
  readonly started: string | null;
}

/** What this process can find out about a lock's holder. */
export type Liveness = "alive" | "dead" | "unknown";

/** This process as a holder, with its own token. */
export async function ownHolder(): Promise<Holder> {
  return {
    pid: process.pid,
    host: hostname(),
    token: randomUUID(),
    world: await ownWorld(),
    started: await startOf(process.pid),
  };
}

/** Parses the text of a lock; null if it names no holder. Locks of older versions have neither world nor start. */
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
 * Whether the holder's process runs. This is known only if both processes see the same process ids. In each container the process has the
 * same id at every start, so for a holder in another or an unknown world the id proves nothing.
 */
export async function livenessOf(holder: Holder, own: Holder): Promise<Liveness> {
  if (holder.world !== null && own.world !== null) {
    if (holder.world !== own.world) return "unknown";
    return (await startOf(holder.pid)) === holder.started ? "alive" : "dead";
  }
  // Without worlds (Windows), a used id may belong to another process.
  if (holder.host !== own.host || holder.pid === own.pid) return "unknown";
  return isRunning(holder.pid) ? "unknown" : "dead";
}

/** The world of this process: boot id and namespace of process ids. Known only on Linux. */
async function ownWorld(): Promise<string | null> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()} ${await readlink("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

/** Null if the process does not exist, or the system does not show its start. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, "latin1").catch(() => "");
  // The second field is the program's name in brackets, which may contain any character. The start is the 22nd field.
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
