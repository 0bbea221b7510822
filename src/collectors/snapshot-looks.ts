import type { SnapshotFolder } from "../exchange/snapshot-folder.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { Clock } from "../model/clock.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { reasonOf } from "../model/reason-of.ts";

export interface SnapshotLooksOptions {
  readonly folder: SnapshotFolder;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** Reads a folder of snapshots at intervals. */
export interface SnapshotLooks {
  /**
   * Applies new snapshots if the interval is over. Returns soon even if the folder does not answer; the snapshots are then applied when it
   * does.
   */
  readonly lookIfDue: () => Promise<void>;
  /** Since when the folder has not answered (wall clock, Unix ms); null if it answers. */
  readonly silentSinceMs: () => number | null;
}

/** Interval between two reads. */
const LOOK_EVERY_MS = 5_000;
/** Maximum time to wait for a read. */
const WAIT_MS = 2_000;
/**
 * Maximum time to wait for the first one, as for a share: incidents of the logs that are read next may end up without the evidence of
 * snapshots that come later.
 */
const FIRST_WAIT_MS = 10_000;

export function openSnapshotLooks({ folder, logger, clock, onSnapshot }: SnapshotLooksOptions): SnapshotLooks {
  let looked = -Infinity;
  let isUnderWay = false;
  let silentSinceMs: number | null = null;

  async function look(): Promise<void> {
    const { snapshots, faults } = await folder.readNew();
    for (const snapshot of snapshots) onSnapshot(snapshot);
    for (const fault of faults) logger.warn("Snapshot not read", { file: fault.file, error: fault.message });
    if (silentSinceMs !== null) logger.info("Snapshot folder answers again");
  }

  return {
    lookIfDue: async () => {
      if (isUnderWay || clock.monotonic() - looked < LOOK_EVERY_MS) return;
      const waitMs = looked === -Infinity ? FIRST_WAIT_MS : WAIT_MS;
      looked = clock.monotonic();
      isUnderWay = true;
      const sinceMs = clock.wall();
      const done = look()
        .catch((error: unknown) => {
          logger.error("Snapshots not read", { error: reasonOf(error) });
        })
        .finally(() => {
          isUnderWay = false;
          silentSinceMs = null;
        });
      if (await settles(done, waitMs)) return;
      silentSinceMs = sinceMs;
      logger.warn("Snapshot folder does not answer", { since: new Date(silentSinceMs).toISOString() });
    },
    silentSinceMs: () => silentSinceMs,
  };
}

/** Whether the promise settles in time. */
function settles(done: Promise<void>, waitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, waitMs);
    void done.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
