import { compareContent, type ReadBytes } from "./compare-content.ts";
import { firstLineOf, HEAD_BYTES, sha256 } from "./file-fingerprint.ts";
import type { FollowedFile } from "./followed-file.ts";
import { LineReader, startOfLines } from "../../reading/line-reader.ts";
import { plainPath } from "../../reading/log-knowledge.ts";

/** Who a file is that was not seen under its name before. */
export type Identification =
  | { readonly kind: "new" }
  /** A file that was known and gone: it is read on where it was left. */
  | { readonly kind: "known"; readonly file: FollowedFile }
  /** The same as a file that stands there. */
  | { readonly kind: "copy" }
  /** It cannot be decided yet. */
  | { readonly kind: "wait" };

export interface Candidates {
  /** Files of the server that are gone, the last one first. */
  readonly gone: readonly FollowedFile[];
  /** Files of the server that stand there. */
  readonly present: Iterable<FollowedFile>;
}

/** How long a file is waited for that may become one that is known. */
export interface SettleTimes {
  /** Without growth, and in all, ms. */
  readonly settleMs: number;
  readonly longestSettleMs: number;
}

/** Gone files with a short head that a new file is compared with. */
const MAX_SHORT_HEADS = 64;
/** Bytes of a file's start in which its head is looked for, and the longest header line expected there. */
export const PROBE_BYTES = 16_384;
const PROBE_LINE_BYTES = 8_192;

/** Compares a new file with those known. `read` reads it. Throws what `read` throws. */
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
    // Without a line of its body nothing is kept waiting. What is gone itself does not grow any more.
    if (match === "short" && fresh.goneAtMs === null)
      waitUntilMs = Math.max(waitUntilMs, fresh.firstSeenMs + settleTimes.settleMs);
  }
  if (nowMs < waitUntilMs) return { kind: "wait" };
  if (hasSameHead || (await isCopy(fresh, read, start, known.present))) return { kind: "copy" };
  return { kind: "new" };
}

/** How a file begins that was not read yet. */
export interface FileStart {
  /** Where its body begins; null when it has none. */
  readonly bodyStart: number | null;
  /** Hash of the first line of its body; null when it has none. */
  readonly first: string | null;
  /** Hash of its head; null when it is not full. */
  readonly head: string | null;
}

/** Finds out how a file begins, without counting anything. Throws what `read` throws. */
export async function probeStart(fresh: FollowedFile, read: ReadBytes): Promise<FileStart> {
  const bytes = await read(0, PROBE_BYTES);
  const sink = { row: () => undefined, advance: () => undefined };
  const probe = new LineReader(fresh.reader.source, { sink, maxLineBytes: PROBE_LINE_BYTES }, startOfLines());
  probe.consume({ bytes, start: 0, end: bytes.length, isEnd: false }, Infinity);
  const { bodyStart } = probe;
  if (bodyStart === null) return { bodyStart, first: null, head: null };
  const body = bytes.subarray(bodyStart, bodyStart + HEAD_BYTES);
  return { bodyStart, first: sha256(firstLineOf(body)), head: body.length === HEAD_BYTES ? sha256(body) : null };
}

/** Gone files that it may be: of the same format and beginning, the same path first, then the same file id, then the same head. */
export function candidatesOf(fresh: FollowedFile, start: FileStart, gone: readonly FollowedFile[]): FollowedFile[] {
  const alike = gone.filter((file) => file.reader.offset > 0 && mayBeginAs(file, fresh, start));
  const path = plainPath(fresh.location.relPath);
  const samePath = alike.filter((file) => plainPath(file.location.relPath) === path);
  const sameId = alike.filter((file) => fresh.fileId !== null && file.fileId === fresh.fileId);
  const sameHead = alike.filter((file) => hasHead(file, start));
  const shortHead = alike.filter((file) => !file.fingerprint.isFull).slice(0, MAX_SHORT_HEADS);
  return [...new Set([...samePath, ...sameId, ...sameHead, ...shortHead])];
}

/** As far as the first line tells, where both have one. */
function mayBeginAs(file: FollowedFile, fresh: FollowedFile, start: FileStart): boolean {
  if (file.reader.source.log.format !== fresh.reader.source.log.format) return false;
  if (start.bodyStart === null || file.fingerprint.headLength === 0) return true;
  return start.bodyStart === file.reader.bodyStart && start.first === file.fingerprint.first;
}

/**
 * A copy, or a second name, of a file that stands there; or that file itself, whose own name was not looked at since. Files of which only
 * headers were read are left out: nothing can come twice of them, and others may have the same headers.
 */
async function isCopy(
  fresh: FollowedFile,
  read: ReadBytes,
  start: FileStart,
  present: Iterable<FollowedFile>,
): Promise<boolean> {
  for (const file of present) {
    if (file === fresh || file.isNew || file.fingerprint.headLength === 0 || !mayBeginAs(file, fresh, start)) continue;
    if (hasHead(file, start)) return true;
    if (start.bodyStart !== null && !file.fingerprint.isFull && (await compareContent(read, file)) === "same")
      return true;
  }
  return false;
}

function hasHead(file: FollowedFile, start: FileStart): boolean {
  return (
    start.head !== null &&
    file.fingerprint.isFull &&
    file.reader.bodyStart === start.bodyStart &&
    file.fingerprint.head === start.head
  );
}
