import { EngineChangedError } from "../engine/engine-state.ts";
import type { LiveRecord } from "../live/live-record.ts";
import type { Clock } from "../model/clock.ts";
import type { Logger } from "../logging/open-logger.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Stores the state record. */
export interface StateFolder {
  /** Reads the newest complete record; null when there is none. */
  readonly load: () => Promise<LiveRecord | null>;
  /** Writes the record that `take` returns, which may be called twice. `isWhole`: not only what has changed. */
  readonly save: (take: () => unknown, isWhole: boolean) => Promise<void>;
  /** Set when another process has taken the folder: says which, and nothing is written any more. Null otherwise. */
  readonly lostTo: () => string | null;
  /** Releases the folder for another daemon. */
  readonly close: () => Promise<void>;
}

export interface CheckpointOptions {
  readonly state: StateFolder;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Returns the record to write; called between two polls. The next poll must wait until the write has ended. */
  readonly take: () => unknown;
}

/** Writes the state record. A failed write is logged and shown in `outcome`; it never rejects. */
export interface Checkpoints {
  /** Call it when rows were read: the next write is then due after the short pause. */
  readonly markChanged: () => void;
  /** Writes the whole record now. */
  readonly write: () => Promise<void>;
  /** Writes when the pause since the last write is over. */
  readonly writeIfDue: () => Promise<void>;
  /** Null before the first write. */
  readonly outcome: { readonly isSuccessful: boolean; readonly lastSuccessMs: number } | null;
}

/** Shortest pause between two writes, ms. After a slow write: DUTY times its duration, so that writing takes at most 2 % of the time. */
const MIN_BETWEEN_MS = 1_000;
const DUTY = 50;
/** Attempts of one write: a collector of Windows facts may change the engine while the record is being made. */
const MAX_ATTEMPTS = 3;
/** Pause between two writes when no rows were read, ms: without rows only little changes, such as a loop that ends by idle time. */
const QUIET_BETWEEN_MS = 60_000;

/** Writes the state soon after a change: after a crash the restored counters are little behind, and the logs since then are read again. */
export function createCheckpoints({ state, logger, clock, take }: CheckpointOptions): Checkpoints {
  let isChanged = true;
  let outcome: Checkpoints["outcome"] = null;
  let tookMs = 0;
  let ended = -Infinity;
  const saved = async (isWhole: boolean): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await state.save(take, isWhole);
        return;
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isEngineChange(error)) throw error;
      }
    }
  };
  const write = async (isWhole: boolean): Promise<void> => {
    const started = clock.monotonic();
    isChanged = false;
    try {
      await saved(isWhole);
      outcome = { isSuccessful: true, lastSuccessMs: clock.wall() };
    } catch (error) {
      isChanged = true;
      outcome = { isSuccessful: false, lastSuccessMs: outcome?.lastSuccessMs ?? 0 };
      logger.error("State not written", { error: reasonOf(error) });
    }
    ended = clock.monotonic();
    tookMs = ended - started;
  };
  return {
    markChanged: () => {
      isChanged = true;
    },
    write: () => write(true),
    writeIfDue: async () => {
      const between = isChanged ? Math.max(MIN_BETWEEN_MS, tookMs * DUTY) : QUIET_BETWEEN_MS;
      if (clock.monotonic() - ended >= between) await write(false);
    },
    get outcome() {
      return outcome;
    },
  };
}

/** True when the record was not written because the engine had changed meanwhile. */
function isEngineChange(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof EngineChangedError || isEngineChange(error.cause);
}
