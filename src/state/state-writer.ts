import { open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemReasonOf } from "../reading/file-error.ts";
import { ContentChunks, type Chunk } from "./content-chunks.ts";
import { jsonLinePieces } from "./json-pieces.ts";
import { changesHeader, packEntry, type Stretch } from "./state-changes.ts";
import { stateRecordPaths, writeStateRecord } from "./state-record.ts";

/** A record with a smaller body is always written whole, bytes: that costs as much as finding out what changed. */
const SMALLEST = 1_000_000;
/** Changes are written until they are together as large as this share of the whole record. */
const MAX_CHANGES_SHARE = 1 / 2;

/** Writes the state record again and again: whole at first, then what has changed since, until that is too much. */
export interface StateWriter {
  /**
   * `take` returns the record (any JSON value), and is called once or twice; all values that it returns must be equal. `isWhole`: write it
   * whole in any case. A complete record exists whenever the process dies. Do not call it concurrently. Throws an Error if writing fails;
   * the next record is then written whole.
   */
  readonly write: (take: () => unknown, isWhole: boolean) => Promise<void>;
}

/**
 * What the files in the state folder hold: where each chunk is, the length of the whole record's body, of the bytes added since, and of the
 * file of changes; bytes.
 */
interface Written {
  readonly checksum: string;
  readonly positions: Map<string, number>;
  readonly bodyLength: number;
  addedLength: number;
  changesLength: number;
}

export function createStateWriter(folder: string): StateWriter {
  const { current, changes } = stateRecordPaths(folder);
  let written: Written | null = null;

  async function writeWhole(value: unknown): Promise<void> {
    written = null;
    const positions = new Map<string, number>();
    const chunks = new ContentChunks();
    let length = 0;
    const note = ({ key, bytes }: Chunk): void => {
      positions.set(key, length);
      length += bytes.length;
    };
    const checksum = await writeStateRecord(folder, value, (bytes) => {
      for (const chunk of chunks.add(bytes)) note(chunk);
    });
    const last = chunks.end();
    if (last !== null) note(last);
    if (length >= SMALLEST) written = { checksum, positions, bodyLength: length, addedLength: 0, changesLength: 0 };
  }

  /** False when too much has changed: nothing was written then. */
  async function writeChanges(before: Written, value: unknown): Promise<boolean> {
    const room = before.bodyLength * MAX_CHANGES_SHARE - before.changesLength;
    const found = await changesOf(before, value, room);
    if (found === null) return false;
    const entry = packEntry(found);
    written = null;
    const isFirst = before.changesLength === 0;
    await append(changes, isFirst ? Buffer.concat([changesHeader(before.checksum), entry]) : entry, isFirst);
    for (const [key, position] of found.positions) before.positions.set(key, position);
    before.addedLength += found.added.length;
    before.changesLength += entry.length;
    written = before;
    return true;
  }

  return {
    write: async (take, isWhole) => {
      try {
        if (!isWhole && written !== null && (await writeChanges(written, take()))) return;
      } catch (error) {
        throw new Error(`Cannot write changes of the state record "${current}": ${systemReasonOf(error)}`, {
          cause: error,
        });
      }
      await writeWhole(take());
    },
  };
}

interface FoundChanges {
  readonly added: Buffer;
  readonly stretches: readonly Stretch[];
  /** Where the new chunks will be. */
  readonly positions: ReadonlyMap<string, number>;
}

/** What of the record is not yet in the files; null when that is more than `room` bytes. Yields to the event loop after each piece. */
async function changesOf(before: Written, value: unknown, room: number): Promise<FoundChanges | null> {
  const added: Buffer[] = [];
  const positions = new Map<string, number>();
  const stretches: [number, number][] = [];
  const start = before.bodyLength + before.addedLength;
  let length = 0;
  const take = ({ key, bytes }: Chunk): void => {
    let position = before.positions.get(key) ?? positions.get(key);
    if (position === undefined) {
      position = start + length;
      positions.set(key, position);
      added.push(bytes);
      length += bytes.length;
    }
    const last = stretches.at(-1);
    if (last !== undefined && last[0] + last[1] === position) last[1] += bytes.length;
    else stretches.push([position, bytes.length]);
  };
  const chunks = new ContentChunks();
  for (const piece of jsonLinePieces(value)) {
    for (const chunk of chunks.add(Buffer.from(piece, "utf8"))) take(chunk);
    if (length > room) return null;
    await nextTurn();
  }
  const last = chunks.end();
  if (last !== null) take(last);
  return length > room ? null : { added: Buffer.concat(added), stretches, positions };
}

/** Appends the bytes and waits until they are on the disk. `isFirst`: in place of what the file holds. */
async function append(path: string, bytes: Buffer, isFirst: boolean): Promise<void> {
  const handle = await open(path, isFirst ? "w" : "a", 0o600);
  try {
    await handle.write(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
