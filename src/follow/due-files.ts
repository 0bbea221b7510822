import type { FollowedFile } from "./identity/followed-file.ts";

/** Files without a time in their name that are read at every poll: those with the newest rows. */
const MAX_OPEN_ENDED = 8;
/** Between two looks at the others that may grow. */
const CURRENT_CHECK_MS = 60_000;
const SECOND_CHECK_MS = 10_000;
const MAX_CHECK_MS = 600_000;

/**
 * The files of a folder that are to be read now. Those of the newest names are, even when their time is over: a copy that is brought here
 * late, or a server whose clock is behind, writes them still.
 */
export function dueFiles(files: Iterable<FollowedFile>, nowMs: number): FollowedFile[] {
  const all = [...files];
  const due: FollowedFile[] = [];
  const openEnded: FollowedFile[] = [];
  const others: FollowedFile[] = [];
  for (const file of all) {
    if (file.isFinished) continue;
    if (file.nextCheckMs <= nowMs) due.push(file);
    else if (file.isPacked || file.failures > 0 || file.isCopy) continue;
    else if (file.location.endMs === null) openEnded.push(file);
    else others.push(file);
  }
  const currentMs = currentStartMs(all);
  return [
    ...due,
    ...withNewestRows(openEnded),
    ...others.filter(({ location }) => (location.startMs ?? 0) >= currentMs),
  ];
}

/** Start (Unix ms), by its name, of the hour or day before the newest: that one is written now, and this one may be written late. */
export function currentStartMs(files: Iterable<FollowedFile>): number {
  const times = new Set<number>();
  for (const { location } of files) if (location.endMs !== null) times.add(location.startMs ?? 0);
  const [, second = -Infinity] = [...times].sort((a, b) => b - a);
  return second;
}

function withNewestRows(files: FollowedFile[]): FollowedFile[] {
  if (files.length <= MAX_OPEN_ENDED) return files;
  return files.sort((a, b) => newestOf(b) - newestOf(a)).slice(0, MAX_OPEN_ENDED);
}

/** A file nothing was read of comes first. */
function newestOf(file: FollowedFile): number {
  return file.reader.newestAtMs ?? Number.MAX_VALUE;
}

/** When a file that was read to its end is to be looked at again at the latest (Unix ms). */
export function nextCheckAt(file: FollowedFile, nowMs: number): number {
  const { endMs } = file.location;
  if (endMs === null || endMs >= nowMs) return nowMs + CURRENT_CHECK_MS;
  // Its time is over. Once more soon, for it may be on its way here still.
  if (file.firstEndMs === nowMs) return nowMs + SECOND_CHECK_MS;
  const quietMs = file.lastGrowthMs > (file.firstEndMs ?? 0) ? nowMs - file.lastGrowthMs : nowMs - endMs;
  return nowMs + Math.min(MAX_CHECK_MS, quietMs / 8);
}
