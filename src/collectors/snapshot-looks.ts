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

/** Looks into a folder of snapshots now and then. */
export interface SnapshotLooks {
  /** Takes in what is new if it is time. Comes back soon, though the folder does not answer: then what is new is taken in when it does. */
  readonly lookIfDue: () => Promise<void>;
  /** Since when the folder has not answered (wall clock, Unix ms); null while it does. */
  readonly silentSinceMs: () => number | null;
}

/** Between two looks. */
const LOOK_EVERY_MS = 5_000;
/** A look is waited for so long. */
const WAIT_MS = 2_000;

export function openSnapshotLooks({ folder, logger, clock, onSnapshot }: SnapshotLooksOptions): SnapshotLooks {
  let looked = -Infinity;
  let isUnderWay = false;
  let silentSinceMs: number | null = null;

  async function look(): Promise<void> {
    const { snapshots, faults } = await folder.readNew();
    for (const snapshot of snapshots) onSnapshot(snapshot);
    for (const fault of faults) logger.warn("Snapshot not read", { file: fault.file, error: fault.message });
    if (silentSinceMs !== null) logger.info("Folder of snapshots answers again");
  }

  return {
    lookIfDue: async () => {
      if (isUnderWay || clock.monotonic() - looked < LOOK_EVERY_MS) return;
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
      if (await settles(done)) return;
      silentSinceMs = sinceMs;
      logger.warn("Folder of snapshots does not answer", { since: new Date(silentSinceMs).toISOString() });
    },
    silentSinceMs: () => silentSinceMs,
  };
}

/** True when the promise settles in time. */
function settles(done: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, WAIT_MS);
    void done.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
