import { lockStateFolder } from "../state/state-lock.ts";
import { readStateRecord } from "../state/state-record.ts";
import { createStateWriter } from "../state/state-writer.ts";
import { faultOfKept } from "../collectors/organisation-watch.ts";
import { parseLiveRecord, type ParsedRecord, type LiveRecord } from "../live/live-record.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { StateFolder } from "./checkpoints.ts";

/** Locks a state folder for this process. Rejects when it cannot be created, or when another daemon holds it. */
export async function openStateFolder(folder: string, logger: Logger): Promise<StateFolder> {
  let lostTo: string | null = null;
  const lock = await lockStateFolder(folder, {
    onLost: (holder) => {
      lostTo = holder;
      logger.error("State folder lost to another process, state is no longer written", { path: folder, error: holder });
    },
    onTakenAgain: () => {
      logger.warn("State folder was deleted, created and locked again", { path: folder });
    },
  });
  const writer = createStateWriter(folder);
  return {
    load: async () => {
      const { value, notes } = await readStateRecord(folder, Date.now(), parse);
      for (const note of notes) logger.error("State record set aside", { error: note });
      return value;
    },
    save: async (take, isWhole) => {
      await lock.check();
      await writer.write(take, isWhole);
    },
    lostTo: () => lostTo,
    close: () => lock.release(),
  };
}

/** Parses the record. The collectors check their part of it. */
function parse(value: unknown): ParsedRecord<LiveRecord> {
  const parsed = parseLiveRecord(value);
  const fault = parsed.kind === "good" ? faultOfKept(parsed.value.organisation) : null;
  return fault === null ? parsed : { kind: "odd", because: `${fault.path}: ${fault.because}` };
}
