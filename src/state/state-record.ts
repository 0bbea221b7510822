import { createHash } from "node:crypto";
import { open, readFile, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, systemReasonOf } from "../reading/file-error.ts";
import { jsonLinePieces } from "./json-pieces.ts";
import { applyChanges } from "./state-changes.ts";
import { renamePatiently } from "./rename-patiently.ts";

/** Version of the record's format, not of the caller's data in it. */
export const STATE_RECORD_VERSION = 2;

const NAME = "state.json";

/** The record's files in the state folder. */
export interface StateRecordPaths {
  /** The current record, the previous one, and the one being written. */
  readonly current: string;
  readonly previous: string;
  readonly next: string;
  /** What has changed since the current record was written, and what had changed since the previous one. Either may be missing. */
  readonly changes: string;
  readonly previousChanges: string;
}

export function stateRecordPaths(folder: string): StateRecordPaths {
  const current = join(folder, NAME);
  const previous = `${current}.previous`;
  return {
    current,
    previous,
    next: `${current}.new`,
    changes: changesPath(current),
    previousChanges: changesPath(previous),
  };
}

/** Where the changes since a record was written are. */
function changesPath(record: string): string {
  return `${record}.changes`;
}

/** The content of a state folder. */
export interface StateReading<T> {
  /**
   * `recovered`: the newest record was damaged or missing, and the previous one was read. `fresh`: there is no record, and `value` is null.
   */
  readonly kind: "loaded" | "fresh" | "recovered";
  readonly value: T | null;
  /** Messages for the log, above all about damaged records that were set aside. */
  readonly notes: readonly string[];
}

/** A newer program wrote the record, so it must not be overwritten. */
export class StateVersionError extends Error {}

/**
 * Writes `value` (any JSON value) as the next record, and returns its checksum. `onBytes` gets the bytes of its body in their order. A
 * complete record exists whenever the process dies. Do not call it concurrently. Throws an Error if writing fails; the existing records
 * then stay.
 */
export async function writeStateRecord(
  folder: string,
  value: unknown,
  onBytes: (bytes: Buffer) => void = () => undefined,
): Promise<string> {
  const { current, next } = stateRecordPaths(folder);
  try {
    const checksum = await writeThrough(next, value, onBytes);
    await putInPlace(folder);
    return checksum;
  } catch (error) {
    throw new Error(`Cannot write the state record "${current}": ${systemReasonOf(error)}`, { cause: error });
  }
}

/** The result of parsing a record's value, by its owner. */
export type ParsedValue<T> =
  | { readonly kind: "good"; readonly value: T }
  /** A newer program wrote it. */
  | { readonly kind: "newer"; readonly version: number }
  /** Invalid; `because` contains the path in the value. */
  | { readonly kind: "odd"; readonly because: string };

/**
 * Reads the newest complete record that `parse` accepts. Renames the others to `.damaged-<time>`, so that no record is overwritten that was
 * not understood. `nowMs` is the wall clock (Unix ms). Throws a StateVersionError if a newer program wrote the record, and an Error if the
 * folder cannot be read.
 */
export async function readStateRecord<T>(
  folder: string,
  nowMs: number,
  parse: (value: unknown) => ParsedValue<T>,
): Promise<StateReading<T>> {
  const { current, previous, next } = stateRecordPaths(folder);
  const notes: string[] = [];
  // It is complete only if the process died after writing it and before the renames. Then it is the newest record.
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

/**
 * The text before the body in the checksum. It contains the version, so that an accidentally changed version differs from that of a newer
 * program.
 */
function checkedVersion(version: number): string {
  // In version 1 the checksum covered only the body.
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
  const found = parseGeneration(bytes, path, await readChanges(changesPath(path)));
  if (found.kind !== "whole") return found;
  const parsed = parse(found.value);
  if (parsed.kind === "newer") throw new StateVersionError(newerMessage(path, "version", parsed.version));
  return parsed.kind === "good" ? { kind: "whole", value: parsed.value } : parsed;
}

/** Empty when there are none, or when they cannot be read: then the record is that of its last whole write. */
async function readChanges(path: string): Promise<Buffer> {
  return readFile(path).catch(() => Buffer.alloc(0));
}

function newerMessage(path: string, what: string, version: number): string {
  return (
    `Cannot read the state record "${path}": a newer program has written it (${what} ${String(version)}); use ` +
    "that program, or another state folder"
  );
}

function parseGeneration(bytes: Buffer, path: string, changes: Buffer): Generation<unknown> {
  const lineEnd = bytes.indexOf(0x0a);
  const parts = FIRST_LINE.exec(bytes.toString("latin1", 0, Math.max(lineEnd, 0)));
  if (parts === null) return { kind: "damaged", because: "its first line is not that of a state record" };
  const version = Number(parts[1]);
  const body = bytes.subarray(lineEnd + 1);
  if (checksum(version, body) !== parts[2]) return { kind: "damaged", because: "its checksum does not match" };
  if (version > STATE_RECORD_VERSION) throw new StateVersionError(newerMessage(path, "format", version));
  const value: unknown = JSON.parse(applyChanges(body, parts[2] ?? "", changes).toString("utf8"));
  return { kind: "whole", value };
}

async function setAside(path: string, because: string, nowMs: number): Promise<string> {
  const aside = `${path}.damaged-${new Date(nowMs).toISOString().replace(/[-:.]/g, "")}`;
  await renamePatiently(path, aside);
  return `Cannot read the state record "${path}": ${because}; it was set aside as "${aside}"`;
}

/** Writes the record in pieces, and its first line last: until then it is not complete. */
async function writeThrough(path: string, value: unknown, onBytes: (bytes: Buffer) => void): Promise<string> {
  const handle = await open(path, "w", 0o600);
  try {
    const hash = createHash("sha256").update(checkedVersion(STATE_RECORD_VERSION));
    let position = firstLine("0".repeat(64)).length;
    for (const piece of jsonLinePieces(value)) {
      const bytes = Buffer.from(piece, "utf8");
      hash.update(bytes);
      onBytes(bytes);
      await handle.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    }
    const checksum = hash.digest("hex");
    await handle.write(firstLine(checksum), 0);
    await handle.sync();
    return checksum;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Makes the written record the current one. */
async function putInPlace(folder: string): Promise<void> {
  const { current, previous, next, changes, previousChanges } = stateRecordPaths(folder);
  // Changes belong to the record whose checksum they name, so the order of the renames does not matter.
  const wasThere = await renamePatiently(current, previous).then(() => true, ignoreMissing);
  if (wasThere) await renamePatiently(changes, previousChanges).catch(() => rm(previousChanges, { force: true }));
  await renamePatiently(next, current);
  await flushFolder(folder);
}

/** Flushes the folder, so that the renames are permanent. Windows cannot open folders, and does not need it. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): false {
  if (errorCode(error) !== "ENOENT") throw error;
  return false;
}
