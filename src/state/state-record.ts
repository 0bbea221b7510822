import { createHash } from "node:crypto";
import { open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, systemReasonOf } from "../reading/file-error.ts";
import { jsonPieces } from "./json-pieces.ts";
import { renamePatiently } from "./rename-patiently.ts";

/** The format of the record, not of what the caller keeps in it. */
export const STATE_RECORD_VERSION = 2;

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
export interface StateReading<T> {
  /**
   * `recovered`: the newest generation was damaged or missing, and the one before it is given. `fresh`: there is none, and `value` is
   * null.
   */
  readonly kind: "loaded" | "fresh" | "recovered";
  readonly value: T | null;
  /** What a person should know, damaged records set aside in the first place. */
  readonly notes: readonly string[];
}

/** A record that a newer program has written: it must not be overwritten. */
export class StateVersionError extends Error {}

/**
 * Writes `value` (anything that JSON holds) as the next generation. Whatever moment the process dies at, a whole generation is left. One
 * at a time. Throws an Error when the folder does not take it; the generations that were there are then still there.
 */
export async function writeStateRecord(folder: string, value: unknown): Promise<void> {
  const { current, next } = stateRecordPaths(folder);
  try {
    await writeThrough(next, value);
    await putInPlace(folder);
  } catch (error) {
    throw new Error(`Cannot write the state record "${current}": ${systemReasonOf(error)}`, { cause: error });
  }
}

/** What the owner of a record makes of its value. */
export type ParsedValue<T> =
  | { readonly kind: "good"; readonly value: T }
  /** A newer program has written it. */
  | { readonly kind: "newer"; readonly version: number }
  /** Not what it should be; `because` names the path in it. */
  | { readonly kind: "odd"; readonly because: string };

/**
 * Reads the newest whole generation of which `parse` can make something, and sets the others aside as `.damaged-<time>`: nothing is
 * overwritten that was not understood. `nowMs` is the wall clock (Unix ms).
 * Throws a StateVersionError when a newer program has written it, and an Error when the folder cannot be read.
 */
export async function readStateRecord<T>(
  folder: string,
  nowMs: number,
  parse: (value: unknown) => ParsedValue<T>,
): Promise<StateReading<T>> {
  const { current, previous, next } = stateRecordPaths(folder);
  const notes: string[] = [];
  // Whole only when the process died after writing it, before the renames: then it is the newest.
  const unfinished = await readGeneration(next, parse);
  if (unfinished.kind === "whole") {
    await putInPlace(folder);
    return { kind: "loaded", value: unfinished.value, notes };
  }
  if (unfinished.kind === "odd") notes.push(await setAside(next, unfinished.because, nowMs));
  for (const path of [current, previous]) {
    const found = await readGeneration(path, parse);
    if (found.kind === "whole") return { kind: path === current ? "loaded" : "recovered", value: found.value, notes };
    if (found.kind !== "missing") notes.push(await setAside(path, found.because, nowMs));
  }
  return { kind: "fresh", value: null, notes };
}

type Generation<T> =
  | { readonly kind: "missing" }
  | { readonly kind: "whole"; readonly value: T }
  | { readonly kind: "damaged" | "odd"; readonly because: string };

// Sample: hma-exporter-state 2 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
const FIRST_LINE = /^hma-exporter-state (\d+) ([0-9a-f]{64})$/;

function firstLine(checksum: string): string {
  return `hma-exporter-state ${String(STATE_RECORD_VERSION)} ${checksum}\n`;
}

/** What stands before the body in the checksum: a version that was changed by accident is distinguished from that of a newer program. */
function checkedVersion(version: number): string {
  // Version 1 had the checksum of the body alone.
  return version === 1 ? "" : `hma-exporter-state ${String(version)}\n`;
}

function checksum(version: number, body: Buffer): string {
  return createHash("sha256").update(checkedVersion(version)).update(body).digest("hex");
}

async function readGeneration<T>(path: string, parse: (value: unknown) => ParsedValue<T>): Promise<Generation<T>> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    throw new Error(`Cannot read the state record "${path}": ${systemReasonOf(error)}`, { cause: error });
  }
  const found = parseGeneration(bytes, path);
  if (found.kind !== "whole") return found;
  const parsed = parse(found.value);
  if (parsed.kind === "newer") throw new StateVersionError(newerMessage(path, "version", parsed.version));
  return parsed.kind === "good" ? { kind: "whole", value: parsed.value } : parsed;
}

function newerMessage(path: string, what: string, version: number): string {
  return `Cannot read the state record "${path}": a newer program has written it (${what} ${String(version)}); use that program, or another state folder`;
}

function parseGeneration(bytes: Buffer, path: string): Generation<unknown> {
  const lineEnd = bytes.indexOf(0x0a);
  const parts = FIRST_LINE.exec(bytes.toString("latin1", 0, Math.max(lineEnd, 0)));
  if (parts === null) return { kind: "damaged", because: "its first line is not that of a state record" };
  const version = Number(parts[1]);
  const body = bytes.subarray(lineEnd + 1);
  if (checksum(version, body) !== parts[2]) return { kind: "damaged", because: "its checksum does not match" };
  if (version > STATE_RECORD_VERSION) throw new StateVersionError(newerMessage(path, "format", version));
  const value: unknown = JSON.parse(body.toString("utf8"));
  return { kind: "whole", value };
}

async function setAside(path: string, because: string, nowMs: number): Promise<string> {
  const aside = `${path}.damaged-${new Date(nowMs).toISOString().replace(/[-:.]/g, "")}`;
  await renamePatiently(path, aside);
  return `Cannot read the state record "${path}": ${because}; it was set aside as "${aside}"`;
}

/** Writes the record piece by piece, its first line last: until then it is not whole. */
async function writeThrough(path: string, value: unknown): Promise<void> {
  const handle = await open(path, "w", 0o600);
  try {
    const hash = createHash("sha256").update(checkedVersion(STATE_RECORD_VERSION));
    let position = firstLine("0".repeat(64)).length;
    for (const piece of linePieces(value)) {
      const bytes = Buffer.from(piece, "utf8");
      hash.update(bytes);
      await handle.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    }
    await handle.write(firstLine(hash.digest("hex")), 0);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

function* linePieces(value: unknown): Generator<string> {
  yield* jsonPieces(value);
  yield "\n";
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
