import type { LiveRecord } from "../live/live-record.ts";
import type { Clock } from "../model/clock.ts";
import type { Logger } from "../logging/open-logger.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Where the record lives. */
export interface StateFolder {
  /** The newest whole record; null when there is none. */
  readonly load: () => Promise<LiveRecord | null>;
  readonly save: (record: unknown) => Promise<void>;
  /** Who has taken the folder from this process, as a sentence: then nothing is written any more. Null while nobody has. */
  readonly lostTo: () => string | null;
  /** Gives the folder free for another daemon. */
  readonly close: () => Promise<void>;
}

export interface CheckpointOptions {
  readonly state: StateFolder;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Takes the record; called between two polls. */
  readonly take: () => unknown;
}

export interface Checkpoints {
  readonly markChanged: () => void;
  readonly write: () => Promise<void>;
  readonly writeIfDue: () => Promise<void>;
  /** Null before the first writing. */
  readonly outcome: { readonly isSuccessful: boolean; readonly lastSuccessMs: number } | null;
}

/** At most so often, and never more than a fiftieth of the time. */
const MIN_BETWEEN_MS = 1_000;
const DUTY = 50;
/** What changed without a row (a loop that ended by silence) is written this often. */
const QUIET_BETWEEN_MS = 60_000;

/** Writes the state as things change: what a crash can take back from the counters is one poll's. */
export function createCheckpoints({ state, logger, clock, take }: CheckpointOptions): Checkpoints {
  let isChanged = true;
  let outcome: Checkpoints["outcome"] = null;
  let tookMs = 0;
  let ended = -Infinity;
  const write = async (): Promise<void> => {
    const started = clock.monotonic();
    isChanged = false;
    try {
      await state.save(take());
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
    write,
    writeIfDue: async () => {
      const between = isChanged ? Math.max(MIN_BETWEEN_MS, tookMs * DUTY) : QUIET_BETWEEN_MS;
      if (clock.monotonic() - ended >= between) await write();
    },
    get outcome() {
      return outcome;
    },
  };
}
