import type { Clock } from "../model/clock.ts";
import { folderAt } from "../sources/source-folders.ts";
import type { FileError } from "../reading/file-error.ts";

/** Status of the daemon's own work. */
export interface ExporterStatus {
  readonly startedAtMs: number;
  readonly isCaughtUp: boolean;
  /** Number of turns of the reading loop and of reloads: the content of the pages changes only with it. */
  readonly turn: number;
  /** When the reading loop began its last turn (monotonic clock, ms). */
  readonly turnedAt: number;
  readonly noteTurnBegun: (monotonicMs: number) => void;
  readonly reload: { readonly isSuccessful: boolean; readonly lastSuccessMs: number };
  /** Failed reads by server, then by format. */
  readonly readErrors: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly noteTurn: () => void;
  readonly noteCaughtUp: () => void;
  readonly noteReload: (isSuccessful: boolean, nowMs: number) => void;
  readonly noteReadError: (error: FileError) => void;
  /** Notes that the server's rows are ahead of the wall clock. True the first time, so that it is logged once. */
  readonly noteAhead: (server: string) => boolean;
}

/** Status at the start, just after the configuration was read. */
export function createExporterStatus(clock: Clock): ExporterStatus {
  const nowMs = clock.wall();
  let turnedAt = clock.monotonic();
  let isCaughtUp = false;
  let turn = 0;
  let reload = { isSuccessful: true, lastSuccessMs: nowMs };
  const readErrors = new Map<string, Map<string, number>>();
  const ahead = new Set<string>();
  return {
    startedAtMs: nowMs,
    get turnedAt() {
      return turnedAt;
    },
    noteTurnBegun: (monotonicMs) => {
      turnedAt = monotonicMs;
    },
    get isCaughtUp() {
      return isCaughtUp;
    },
    get turn() {
      return turn;
    },
    noteTurn: () => {
      turn++;
    },
    get reload() {
      return reload;
    },
    readErrors,
    noteAhead: (server) => {
      if (ahead.has(server)) return false;
      ahead.add(server);
      return true;
    },
    noteCaughtUp: () => {
      isCaughtUp = true;
    },
    noteReload: (isSuccessful, atMs) => {
      turn++;
      reload = { isSuccessful, lastSuccessMs: isSuccessful ? atMs : reload.lastSuccessMs };
    },
    noteReadError: ({ server, file }) => {
      const format = formatOf(file);
      if (format === null) return;
      const counts = readErrors.get(server) ?? new Map<string, number>();
      counts.set(format, (counts.get(format) ?? 0) + 1);
      readErrors.set(server, counts);
    },
  };
}

function formatOf(file: string): string | null {
  return folderAt(file.toLowerCase())?.format ?? null;
}
