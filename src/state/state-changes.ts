import { hash } from "node:crypto";

/** Version of the format of a file of changes. */
const CHANGES_VERSION = 1;

/**
 * A stretch of bytes: position and length. Positions count through the body of the whole record and, after it, through the new bytes of
 * all entries in their order.
 */
export type Stretch = readonly [position: number, length: number];

/** One entry: the bytes that are new, and the stretches that together are the body of the record. */
export interface ChangesEntry {
  readonly added: Buffer;
  readonly stretches: readonly Stretch[];
}

/** First line of a file of changes to the record with this checksum. */
export function changesHeader(checksum: string): Buffer {
  return Buffer.from(`hma-exporter-state-changes ${String(CHANGES_VERSION)} ${checksum}\n`);
}

/** An entry as it stands in the file: a line with its checksum, lengths and stretches, then the new bytes and a line end. */
export function packEntry({ added, stretches }: ChangesEntry): Buffer {
  const facts = `${String(added.length)} ${JSON.stringify(stretches)}`;
  return Buffer.concat([Buffer.from(`${sumOf(facts, added)} ${facts}\n`), added, Buffer.from("\n")]);
}

function sumOf(facts: string, added: Buffer): string {
  return hash("sha256", Buffer.concat([Buffer.from(`${facts}\n`), added]), "hex");
}

/**
 * The body of the newest record: that of `whole`, with the newest complete entry of `changes` applied. Entries after a damaged one are
 * ignored, as is a file of changes to another record. `checksum`: of the whole record.
 */
export function applyChanges(whole: Buffer, checksum: string, changes: Buffer): Buffer {
  const header = changesHeader(checksum);
  if (!changes.subarray(0, header.length).equals(header)) return whole;
  const parts: Buffer[] = [whole];
  let newest: readonly Stretch[] | null = null;
  let at = header.length;
  for (let entry = entryAt(changes, at); entry !== null; entry = entryAt(changes, at)) {
    parts.push(entry.added);
    newest = entry.stretches;
    at = entry.end;
  }
  if (newest === null) return whole;
  const all = Buffer.concat(parts);
  return Buffer.concat(newest.map(([position, length]) => all.subarray(position, position + length)));
}

// Sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae 5 [[0,120],[400,5]]
const ENTRY = /^([0-9a-f]{64}) ((\d{1,15}) (\[[\d,[\]]*\]))$/;

/** The entry that begins at `at`, and where the next one begins; null when there is none, or when it is damaged. */
function entryAt(changes: Buffer, at: number): (ChangesEntry & { readonly end: number }) | null {
  const lineEnd = changes.indexOf(0x0a, at);
  const parts = lineEnd < 0 ? null : ENTRY.exec(changes.toString("latin1", at, lineEnd));
  if (parts === null) return null;
  const [, sum = "", facts = "", length = "", list = ""] = parts;
  const start = lineEnd + 1;
  const end = start + Number(length) + 1;
  if (end > changes.length) return null;
  const added = changes.subarray(start, end - 1);
  // The checksum is over the list as well, so that it is one that this program wrote.
  return sumOf(facts, added) === sum ? { added, stretches: stretchesOf(JSON.parse(list)), end } : null;
}

function stretchesOf(list: unknown): Stretch[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown): Stretch => {
    const [position, length]: readonly unknown[] = Array.isArray(item) ? item : [];
    return [Number(position), Number(length)];
  });
}
