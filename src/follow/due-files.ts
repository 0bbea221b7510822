import type { FollowedFile } from "./identity/followed-file.ts";

/** Of the files without a time in their name, this many are read in every poll: those with the newest rows. */
const MAX_OPEN_ENDED = 8;
/** Check intervals of the other files, ms: while they may grow, once soon after their time is over, and the longest one. */
const CURRENT_CHECK_MS = 60_000;
const SECOND_CHECK_MS = 10_000;
const MAX_CHECK_MS = 600_000;

/**
 * Files to read now. The two newest hours or days of a folder are always read, even when their time is over: a slow copy or a server
 * with a late clock may still write them.
 */
export function dueFiles(files: Iterable<FollowedFile>, nowMs: number): FollowedFile[] {
  const all = [...files];
  const due: FollowedFile[] = [];
  const openEnded: FollowedFile[] = [];
  const others: FollowedFile[] = [];
  for (const file of all) {
    if (file.state === "finished" && file.nextCheckMs > nowMs) continue;
    if (file.nextCheckMs <= nowMs) due.push(file);
    else if (file.isPacked || file.failures > 0 || file.state === "copy") continue;
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

/**
 * Start (Unix ms, from the names) of the second newest hour or day: the newest is being written, and the second newest may be written
 * late. -Infinity when the names show fewer than two.
 */
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

/** A file of which nothing was read comes first. */
function newestOf(file: FollowedFile): number {
  return file.reader.newestAtMs ?? Number.MAX_VALUE;
}

/** The earliest time at which one of the files must be checked (Unix ms); Infinity when none must. */
export function nextCheckOf(files: Iterable<FollowedFile>): number {
  let next = Infinity;
  for (const { state, nextCheckMs } of files) if (state !== "finished") next = Math.min(next, nextCheckMs);
  return next;
}

/** When a file that was read to its end must be checked again at the latest (Unix ms). */
export function nextCheckAt(file: FollowedFile, nowMs: number): number {
  const { endMs } = file.location;
  if (endMs === null || endMs >= nowMs) return nowMs + CURRENT_CHECK_MS;
  // Its time is over. Check once more soon: a copy may still be under way.
  if (file.firstEndMs === nowMs) return nowMs + SECOND_CHECK_MS;
  const quietMs = file.lastGrowthMs > (file.firstEndMs ?? 0) ? nowMs - file.lastGrowthMs : nowMs - endMs;
  return nowMs + Math.min(MAX_CHECK_MS, quietMs / 8);
}
