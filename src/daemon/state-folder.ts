import { lockStateFolder } from "../state/state-lock.ts";
import { readStateRecord, writeStateRecord } from "../state/state-record.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { StateFolder } from "./checkpoints.ts";
import type { WatchRecord } from "../live/watch.ts";

/** Takes a state folder for this process. Rejects when it cannot be made or another daemon holds it. */
export async function openStateFolder(folder: string, logger: Logger): Promise<StateFolder> {
  const lock = await lockStateFolder(folder, () => {
    logger.error("State folder lost to another process", { path: folder });
  });
  return {
    load: async () => {
      const { value, notes } = await readStateRecord(folder, Date.now());
      for (const note of notes) logger.warn("State record set aside", { error: note });
      if (value === null) return null;
      if (isWatchRecord(value)) return value;
      logger.warn("State record not understood", { path: folder });
      return null;
    },
    save: (record) => writeStateRecord(folder, record),
    close: () => lock.release(),
  };
}

/** The record is our own and checked by its sum: its version says the rest. */
function isWatchRecord(value: unknown): value is WatchRecord {
  return typeof value === "object" && value !== null && "recordVersion" in value && value.recordVersion === 1;
}
