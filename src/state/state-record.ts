import { open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../follow/identity/file-fingerprint.ts";
import { errorCode, reasonOf } from "../reading/file-error.ts";
import { renamePatiently } from "./rename-patiently.ts";

/** The format of the record, not of what the caller keeps in it. */
export const STATE_RECORD_VERSION = 1;

const NAME = "state.json";

/** The record's files in the state folder: the current generation, the one before, and one being written. */
export function stateRecordPaths(folder: string): {
  readonly current: string;
  readonly previous: string;
  readonly next: string;
} {
  const current = join(folder, NAME);
  return { current, previous: `${current}.previous`, next: `${current}.new` };
}

/** What a state folder held. */
export interface StateReading {
  /** `recovered`: the newest generation was damaged or missing, and the one before it is given. `fresh`: there is none, and `value` is null. */
  readonly kind: "loaded" | "fresh" | "recovered";
  readonly value: unknown;
  /** What a person should know, damaged records set aside in the first place. */
  readonly notes: readonly string[];
}

/** A record that a newer program has written: it must not be overwritten. */
export class StateVersionError extends Error {}

/**
 * Writes `value` (anything that JSON holds) as the next generation. Whatever moment the process dies at, a whole generation is left. One at a time.
 * Throws an Error when the folder does not take it; the generations that were there are then still there.
 */
export async function writeStateRecord(folder: string, value: unknown): Promise<void> {
  const { current, next } = stateRecordPaths(folder);
  try {
    await writeThrough(next, recordOf(value));
    await putInPlace(folder);
  } catch (error) {
    throw new Error(`Cannot write the state record "${current}": ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Reads the newest whole generation, and sets damaged ones aside as `.damaged-<time>`. `nowMs` is the wall clock (Unix ms).
 * Throws a StateVersionError when a newer program has written it, and an Error when the folder cannot be read.
 */
export async function readStateRecord(folder: string, nowMs: number): Promise<StateReading> {
  const { current, previous, next } = stateRecordPaths(folder);
  const notes: string[] = [];
  // Whole only when the process died after writing it, before the renames: then it is the newest.
  const unfinished = await readGeneration(next);
  if (unfinished.kind === "whole") {
    await putInPlace(folder);
    return { kind: "loaded", value: unfinished.value, notes };
  }
  for (const path of [current, previous]) {
    const found = await readGeneration(path);
    if (found.kind === "whole") return { kind: path === current ? "loaded" : "recovered", value: found.value, notes };
    if (found.kind === "damaged") notes.push(await setAside(path, found.because, nowMs));
  }
  return { kind: "fresh", value: null, notes };
}

type Generation =
  | { readonly kind: "missing" }
  | { readonly kind: "whole"; readonly value: unknown }
  | { readonly kind: "damaged"; readonly because: string };

// Sample: hma-exporter-state 1 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
const FIRST_LINE = /^hma-exporter-state (\d+) ([0-9a-f]{64})$/;

function recordOf(value: unknown): Buffer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
  return Buffer.concat([
    Buffer.from(`hma-exporter-state ${String(STATE_RECORD_VERSION)} ${sha256(body)}\n`, "utf8"),
    body,
  ]);
}

async function readGeneration(path: string): Promise<Generation> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    throw new Error(`Cannot read the state record "${path}": ${reasonOf(error)}`, { cause: error });
  }
  return parseGeneration(bytes, path);
}

function parseGeneration(bytes: Buffer, path: string): Generation {
  const lineEnd = bytes.indexOf(0x0a);
  const parts = FIRST_LINE.exec(bytes.toString("latin1", 0, Math.max(lineEnd, 0)));
  if (parts === null) return { kind: "damaged", because: "its first line is not that of a state record" };
  const version = Number(parts[1]);
  if (version > STATE_RECORD_VERSION) {
    throw new StateVersionError(
      `Cannot read the state record "${path}": it has format ${String(version)}, and this program knows formats up to ${String(STATE_RECORD_VERSION)}`,
    );
  }
  const body = bytes.subarray(lineEnd + 1);
  if (sha256(body) !== parts[2]) return { kind: "damaged", because: "its checksum does not match" };
  const value: unknown = JSON.parse(body.toString("utf8"));
  return { kind: "whole", value };
}

async function setAside(path: string, because: string, nowMs: number): Promise<string> {
  const aside = `${path}.damaged-${new Date(nowMs).toISOString().replace(/[-:.]/g, "")}`;
  await renamePatiently(path, aside);
  return `Cannot read the state record "${path}": ${because}; it was set aside as "${aside}"`;
}

async function writeThrough(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, "w", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Makes the generation that was written the current one. */
async function putInPlace(folder: string): Promise<void> {
  const { current, previous, next } = stateRecordPaths(folder);
  await renamePatiently(current, previous).catch(ignoreMissing);
  await renamePatiently(next, current);
  await flushFolder(folder);
}

/** Makes the renames last. Windows opens no folders, and does not need it. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}
