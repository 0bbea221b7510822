import type { FollowedFile } from "./followed-file.ts";

/** Files without a time in their name that are read at every poll: those with the newest rows. */
const MOST_OPEN_ENDED = 8;
const OPEN_ENDED_CHECK_MS = 60_000;
const SECOND_CHECK_MS = 10_000;
const LONGEST_CHECK_MS = 600_000;

/** The files of a folder that are to be read now. */
export function dueFiles(files: Iterable<FollowedFile>, nowMs: number): FollowedFile[] {
  const due: FollowedFile[] = [];
  const openEnded: FollowedFile[] = [];
  for (const file of files) {
    if (file.isFinished) continue;
    if (file.place.endMs === null && !file.isPacked) openEnded.push(file);
    else if (file.nextCheckMs <= nowMs) due.push(file);
  }
  if (openEnded.length > MOST_OPEN_ENDED) openEnded.sort((a, b) => newestOf(b) - newestOf(a));
  // One that failed, or is a copy, has its own time even among the newest.
  due.push(...openEnded.filter((file, at) => file.nextCheckMs <= nowMs || (at < MOST_OPEN_ENDED && file.failures === 0 && !file.isCopy)));
  return due;
}

/** A file nothing was read of comes first. */
function newestOf(file: FollowedFile): number {
  return file.reader.newestAtMs ?? Number.MAX_VALUE;
}

/** When a file that was read to its end is to be looked at again (Unix ms). */
export function nextCheckAt(file: FollowedFile, nowMs: number): number {
  const { endMs } = file.place;
  if (endMs === null) return nowMs + OPEN_ENDED_CHECK_MS;
  if (endMs >= nowMs) return nowMs;
  // Its time is over. Once more soon, for it may be on its way here still.
  if (file.firstEndMs === nowMs) return nowMs + SECOND_CHECK_MS;
  const quietMs = file.lastGrowthMs > (file.firstEndMs ?? 0) ? nowMs - file.lastGrowthMs : nowMs - endMs;
  return nowMs + Math.min(LONGEST_CHECK_MS, quietMs / 8);
}
