import { compareContent, type ReadBytes } from "./compare-content.ts";
import { firstLineOf, HEAD_BYTES, sha256 } from "./file-fingerprint.ts";
import type { FollowedFile } from "./followed-file.ts";
import { LineReader, startOfLines } from "../../reading/line-reader.ts";
import { plainPath } from "../../reading/log-knowledge.ts";

/** Identity of a file with a new name. */
export type Identification =
  | { readonly kind: "new" }
  /** A known file that was gone: it is read on from its offset. */
  | { readonly kind: "known"; readonly file: FollowedFile }
  /** A copy of a file that is present. */
  | { readonly kind: "copy" }
  /** Too few bytes yet to decide. */
  | { readonly kind: "wait" };

/** The known files of a server, with which a new file is compared. */
export interface Candidates {
  /** Files of the server that are gone, the most recent first. */
  readonly gone: readonly FollowedFile[];
  /** Files of the server that are present. */
  readonly present: Iterable<FollowedFile>;
}

/** How long a new file is held back that may still grow into a known one. */
export interface SettleTimes {
  /** Since it last grew, and in all, ms. */
  readonly settleMs: number;
  readonly longestSettleMs: number;
}

/** Gone files with an incomplete head that a new file is compared with, at most. */
const MAX_SHORT_HEADS = 64;
/** Bytes read from a file's start to find its head, and the longest header line expected there. */
export const PROBE_BYTES = 16_384;
const PROBE_LINE_BYTES = 8_192;

/** Compares a new file with the known files. `read` reads the new file. Throws what `read` throws. */
export async function identifyFile(
  fresh: FollowedFile,
  read: ReadBytes,
  { known, settleTimes, nowMs }: { known: Candidates; settleTimes: SettleTimes; nowMs: number },
): Promise<Identification> {
  const start = await probeStart(fresh, read);
  let hasSameHead = false;
  let waitUntilMs = -Infinity;
  for (const file of candidatesOf(fresh, start, known.gone)) {
    const isSamePath = plainPath(file.location.relPath) === plainPath(fresh.location.relPath);
    const match = await compareContent(read, file);
    if (match === "same") return { kind: "known", file };
    if (match === "head") {
      hasSameHead ||= !isSamePath && file.fingerprint.isFull;
      waitUntilMs = Math.max(
        waitUntilMs,
        Math.min(fresh.lastGrowthMs + settleTimes.settleMs, fresh.firstSeenMs + settleTimes.longestSettleMs),
      );
    }
    // It has no whole line of its body yet, so waiting delays no row. A file that is gone itself does not grow any more.
    if (match === "short" && fresh.goneAtMs === null)
      waitUntilMs = Math.max(waitUntilMs, fresh.firstSeenMs + settleTimes.settleMs);
  }
  if (nowMs < waitUntilMs) return { kind: "wait" };
  if (hasSameHead || (await isCopy(fresh, { start, read }, known.present))) return { kind: "copy" };
  return { kind: "new" };
}

/** How an unread file begins. */
export interface FileStart {
  /** Offset of its body (after the header lines), bytes; null when it has none. */
  readonly bodyStart: number | null;
  /** Hash of the first line of its body; null when it has none. */
  readonly first: string | null;
  /** Hash of its head; null when the body is shorter than a head. */
  readonly head: string | null;
}

/** Reads how a file begins, without handing on rows. Throws what `read` throws. */
export async function probeStart(fresh: FollowedFile, read: ReadBytes): Promise<FileStart> {
  return startIn(fresh, await read(0, PROBE_BYTES));
}

/** How a file begins whose first bytes, at most `PROBE_BYTES`, are these. */
export function startIn(fresh: FollowedFile, bytes: Buffer): FileStart {
  const sink = { row: () => undefined, advance: () => undefined };
  const probe = new LineReader(fresh.reader.source, { sink, maxLineBytes: PROBE_LINE_BYTES }, startOfLines());
  // Every row is newer than this horizon, so that it stops at the first one: only where the body begins is asked.
  probe.consume({ bytes, start: 0, end: bytes.length, isEnd: false }, -Infinity);
  const bodyStart = probe.bodyStart ?? (probe.aheadAtMs === null ? null : probe.offset);
  if (bodyStart === null) return { bodyStart, first: null, head: null };
  const body = bytes.subarray(bodyStart, bodyStart + HEAD_BYTES);
  return { bodyStart, first: sha256(firstLineOf(body)), head: body.length === HEAD_BYTES ? sha256(body) : null };
}

/**
 * Gone files that `fresh` may be: same format and same beginning. Ordered: same path, same file id, same head, then those whose heads
 * are incomplete. Those of which only headers were read come last, because many files begin like them.
 */
export function candidatesOf(fresh: FollowedFile, start: FileStart, gone: readonly FollowedFile[]): FollowedFile[] {
  const alike = gone.filter((file) => file.reader.offset > 0 && mayBeginAs(file, fresh, start));
  const path = plainPath(fresh.location.relPath);
  const samePath = alike.filter((file) => plainPath(file.location.relPath) === path);
  const sameId = alike.filter((file) => hasSameId(file, fresh));
  const sameHead = alike.filter((file) => hasHead(file, start));
  const shortHead = alike.filter((file) => !file.fingerprint.isFull).slice(0, MAX_SHORT_HEADS);
  const ordered = [...new Set([...samePath, ...sameId, ...sameHead, ...shortHead])];
  const hasBody = ({ fingerprint }: FollowedFile): boolean => fingerprint.headLength > 0;
  return [...ordered.filter(hasBody), ...ordered.filter((file) => !hasBody(file))];
}

/** Same format, and the same first line where both have one. */
function mayBeginAs(file: FollowedFile, fresh: FollowedFile, start: FileStart): boolean {
  if (file.reader.source.log.format !== fresh.reader.source.log.format) return false;
  if (start.bodyStart === null || file.fingerprint.headLength === 0) return true;
  return start.bodyStart === file.reader.bodyStart && start.first === file.fingerprint.first;
}

/**
 * True for a copy or second name of a file that is present, or for that file itself after a rename not yet seen under its old name.
 * Files of which only headers were read are left out unless they have the same file id: other files may have the same headers.
 */
async function isCopy(
  fresh: FollowedFile,
  { start, read }: { readonly start: FileStart; readonly read: ReadBytes },
  present: Iterable<FollowedFile>,
): Promise<boolean> {
  for (const file of present) {
    if (!mayBeCopy(fresh, file, start)) continue;
    if (hasHead(file, start)) return true;
    const isComparable = (start.bodyStart !== null && !file.fingerprint.isFull) || hasSameId(file, fresh);
    if (isComparable && (await compareContent(read, file)) === "same") return true;
  }
  return false;
}

/** True when no file that is present begins like `fresh`: then it is no copy, whatever follows. */
export function isUnlike(fresh: FollowedFile, start: FileStart, present: Iterable<FollowedFile>): boolean {
  for (const file of present) {
    if (!mayBeCopy(fresh, file, start)) continue;
    if (hasHead(file, start) || hasSameId(file, fresh)) return false;
    if (start.bodyStart !== null && !file.fingerprint.isFull) return false;
  }
  return true;
}

function mayBeCopy(fresh: FollowedFile, file: FollowedFile, start: FileStart): boolean {
  if (file === fresh || file.isUnidentified) return false;
  return (file.fingerprint.headLength > 0 || hasSameId(file, fresh)) && mayBeginAs(file, fresh, start);
}

function hasSameId(file: FollowedFile, fresh: FollowedFile): boolean {
  return fresh.fileId !== null && file.fileId === fresh.fileId;
}

function hasHead(file: FollowedFile, start: FileStart): boolean {
  return (
    start.head !== null &&
    file.fingerprint.isFull &&
    file.reader.bodyStart === start.bodyStart &&
    file.fingerprint.head === start.head
  );
}
