import type { FollowedFile } from "./followed-file.ts";

/** Files without a time in their name that are read at every poll: those with the newest rows. */
const MOST_OPEN_ENDED = 8;
/** Between two looks at the others that may grow. */
const CURRENT_CHECK_MS = 60_000;
const SECOND_CHECK_MS = 10_000;
const LONGEST_CHECK_MS = 600_000;

/** The files of a folder that are to be read now. */
export function dueFiles(files: Iterable<FollowedFile>, nowMs: number): FollowedFile[] {
  const due: FollowedFile[] = [];
  const openEnded: FollowedFile[] = [];
  const current: FollowedFile[] = [];
  for (const file of files) {
    if (file.isFinished) continue;
    if (file.nextCheckMs <= nowMs) due.push(file);
    else if (file.isPacked || file.failures > 0 || file.isCopy || file.isOver(nowMs)) continue;
    else if (file.place.endMs === null) openEnded.push(file);
    else current.push(file);
  }
  return [...due, ...withNewestRows(openEnded), ...ofNewestNames(current)];
}

function withNewestRows(files: FollowedFile[]): FollowedFile[] {
  if (files.length <= MOST_OPEN_ENDED) return files;
  return files.sort((a, b) => newestOf(b) - newestOf(a)).slice(0, MOST_OPEN_ENDED);
}

/** Those of the newest two times that names tell: the hour or day that is written now, and the one before, which may be written late. */
function ofNewestNames(files: FollowedFile[]): FollowedFile[] {
  const [, second = -Infinity] = [...new Set(files.map(({ place }) => place.startMs ?? 0))].sort((a, b) => b - a);
  return files.filter(({ place }) => (place.startMs ?? 0) >= second);
}

/** A file nothing was read of comes first. */
function newestOf(file: FollowedFile): number {
  return file.reader.newestAtMs ?? Number.MAX_VALUE;
}

/** When a file that was read to its end is to be looked at again at the latest (Unix ms). */
export function nextCheckAt(file: FollowedFile, nowMs: number): number {
  const { endMs } = file.place;
  if (endMs === null || endMs >= nowMs) return nowMs + CURRENT_CHECK_MS;
  // Its time is over. Once more soon, for it may be on its way here still.
  if (file.firstEndMs === nowMs) return nowMs + SECOND_CHECK_MS;
  const quietMs = file.lastGrowthMs > (file.firstEndMs ?? 0) ? nowMs - file.lastGrowthMs : nowMs - endMs;
  return nowMs + Math.min(LONGEST_CHECK_MS, quietMs / 8);
}
