import type { Clock } from "../model/clock.ts";
import type { FollowState } from "./follow-state.ts";
import type { LogKnowledge } from "../reading/log-knowledge.ts";
import { DEFAULT_MAX_LINE_BYTES } from "../reading/once/read-farm.ts";
import type { RowSink } from "../reading/row-sink.ts";
import { DAY_MS } from "../model/durations.ts";

/** How far a file may be read ahead of the file furthest behind, ms of event time. */
const MAX_AHEAD_MS = 300_000;

/** The log folders of one server. `path`: where the folder is; `as`: its path below the server's folder, with `/`. */
export interface FollowedRoot {
  readonly server: string;
  readonly folders: readonly { readonly path: string; readonly as: string }[];
}

/** What is followed: a farm folder, in which servers come and go, or log folders named one by one. */
export type FollowTarget =
  /** `servers`: only these, ignoring case; all when empty or absent. `retired`: servers that are not followed any more. */
  | {
      readonly kind: "farm";
      readonly folder: string;
      readonly servers?: readonly string[];
      readonly retired?: readonly string[];
    }
  | { readonly kind: "roots"; readonly roots: readonly FollowedRoot[] };

/** Limits and intervals of a follower; for the defaults see `limitsOf()`. */
export interface FollowLimits {
  /** Longest line in bytes, without its line end; at least 1,024. */
  readonly maxLineBytes: number;
  /** How far a file may be read ahead of the file furthest behind, ms of event time. */
  readonly maxAheadMs: number;
  /** A poll ends after this many bytes; the next one continues. */
  readonly maxBytesPerPoll: number;
  /** Open file handles at most. The follower lowers it where the system allows fewer. */
  readonly maxOpenFiles: number;
  /** Files in the state at most. */
  readonly maxFiles: number;
  /** How long a file is remembered that is gone or whose time is over by its name, ms. */
  readonly retentionMs: number;
  /** Interval between searches for new server and log folders, ms. */
  readonly scanMs: number;
  /** Interval between listings of a log folder whose modification time stays the same, ms. */
  readonly listMs: number;
  /** The same for a folder on a local disk, which changes its modification time with each new name, ms. */
  readonly localListMs: number;
  /** How long a new file that may be a known one is held back: without growth, and in all, ms. */
  readonly settleMs: number;
  readonly longestSettleMs: number;
  /** Time-out of one file system operation, ms. */
  readonly shareTimeoutMs: number;
  /** A file handle unused for this long is closed, ms. */
  readonly idleHandleMs: number;
  /**
   * A file or folder that changed less than this long ago is checked once more, ms: file systems store modification times to the
   * second, some to two seconds.
   */
  readonly unsettledMs: number;
  /** Folders listed per poll. If there are more, the servers take turns. */
  readonly foldersPerPoll: number;
  /** Longest time between two turns of a server, ms. Its files at rest are checked in its turn only. */
  readonly lookMs: number;
  /** A file that has not grown for this long is at rest, ms. */
  readonly restMs: number;
}

export interface FollowerOptions {
  readonly target: FollowTarget;
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  /** How far back a folder seen for the first time is read, ms. */
  readonly lookbackMs: number;
  /** State to resume from; absent at the first start. */
  readonly state?: FollowState;
  readonly limits?: Partial<FollowLimits>;
  readonly clock: Clock;
}

/** Limits given in the options, and defaults for the others. */
export function limitsOf(options: FollowerOptions): FollowLimits {
  return {
    maxLineBytes: DEFAULT_MAX_LINE_BYTES,
    maxAheadMs: MAX_AHEAD_MS,
    maxBytesPerPoll: 67_108_864,
    maxOpenFiles: 8_192,
    maxFiles: 50_000,
    retentionMs: Math.max(DAY_MS, options.lookbackMs),
    scanMs: 10_000,
    listMs: 30_000,
    localListMs: 300_000,
    settleMs: 10_000,
    longestSettleMs: 300_000,
    shareTimeoutMs: 10_000,
    idleHandleMs: 60_000,
    unsettledMs: 3_000,
    foldersPerPoll: 256,
    lookMs: 5_000,
    restMs: 60_000,
    ...options.limits,
  };
}
