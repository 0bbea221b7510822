import type { Clock } from "../model/clock.ts";
import type { FollowState } from "./follow-state.ts";
import type { LogKnowledge } from "../reading/log-knowledge.ts";
import { DEFAULT_MAX_LINE_BYTES } from "../reading/once/read-farm.ts";
import type { RowSink } from "../reading/row-sink.ts";
import { DAY_MS } from "../model/durations.ts";

/** How far a file may be read ahead of the file furthest behind (event time), at the first start. */
const MAX_AHEAD_MS = 300_000;

/** The log folders of one server, each with its place below a server's folder. */
export interface FollowedRoot {
  readonly server: string;
  readonly folders: readonly { readonly path: string; readonly as: string }[];
}

/** What is followed: a farm folder, where servers come and go, or log folders named one by one. */
export type FollowTarget =
  /** `servers`: those to follow, without regard to case; all when it is empty or absent. `retired`: those not to follow any more. */
  | {
      readonly kind: "farm";
      readonly folder: string;
      readonly servers?: readonly string[];
      readonly retired?: readonly string[];
    }
  | { readonly kind: "roots"; readonly roots: readonly FollowedRoot[] };

export interface FollowLimits {
  /** Longest line in bytes, without its line end; at least 1,024. */
  readonly maxLineBytes: number;
  /** How far a file may be read ahead of the file furthest behind (event time). */
  readonly maxAheadMs: number;
  /** A poll ends after so many bytes; the next goes on. */
  readonly maxBytesPerPoll: number;
  /** Fewer where the system allows fewer. */
  readonly maxOpenFiles: number;
  /** Files in the state. */
  readonly maxFiles: number;
  /** How long a file that is gone or over is remembered. */
  readonly retentionMs: number;
  /** Between two looks for new server and log folders. */
  readonly scanMs: number;
  /** Between two listings of a log folder that seems not to have changed. */
  readonly listMs: number;
  /** How long a file that may be one that is known is waited for, without growth and in all. */
  readonly settleMs: number;
  readonly longestSettleMs: number;
  /** How long an operation of the file system is waited for. */
  readonly shareTimeoutMs: number;
  /** A handle not used for so long is closed. */
  readonly idleHandleMs: number;
  /**
   * A file or folder that changed less than so long ago is looked at once more: file systems tell the time of a change to the
   * second, some to two.
   */
  readonly unsettledMs: number;
  /** So many folders are looked at in every poll. Where there are more, those of some servers in turn. */
  readonly foldersPerPoll: number;
  /** A folder is looked at this often at least, ms; where there are more folders than that, a file that rests is too. */
  readonly lookMs: number;
  /** A file that has not grown for so long rests, ms. */
  readonly restMs: number;
}

export interface FollowerOptions {
  readonly target: FollowTarget;
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  /** How far back a folder is read that is seen for the first time, ms. */
  readonly lookbackMs: number;
  /** From where to go on; absent at the first start. */
  readonly state?: FollowState;
  readonly limits?: Partial<FollowLimits>;
  readonly clock: Clock;
}

/** The limits given, and the defaults for the rest. */
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
