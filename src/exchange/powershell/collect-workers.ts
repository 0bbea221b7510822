import { appPoolNamed, type AppPool } from "../../model/app-pool.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";
import { replyInstant, replyList, replyNumber, replyObject, replyText } from "./reply-fields.ts";

export interface WorkerProcess {
  readonly appPool: AppPool;
  readonly processId: number;
  readonly startedAtMs: number;
}

export interface CollectedWorkers {
  readonly atMs: number;
  /** Workers of Exchange's pools. A pool has two while one replaces the other. */
  readonly workers: readonly WorkerProcess[];
  /** Number of workers whose pool Windows did not show. */
  readonly unreadable: number;
  readonly durationMs: number;
}

/** Collects the worker processes of IIS. Throws `CollectionError`. */
export async function collectWorkers(settings: PowerShellSettings): Promise<CollectedWorkers> {
  const { value, durationMs } = await runScript("collect-workers.ps1", {}, settings);
  const reply = replyObject(value, "the reply");
  const workers = replyList(reply, "workers", readWorker).filter(({ appPool }) => appPool !== "other");
  return { atMs: replyInstant(reply, "at"), workers, unreadable: replyNumber(reply, "unreadable"), durationMs };
}

function readWorker(item: unknown, path: string): WorkerProcess {
  const fields = replyObject(item, path);
  return {
    appPool: appPoolNamed(replyText(fields, "pool")),
    processId: replyNumber(fields, "processId"),
    startedAtMs: replyInstant(fields, "startedAt"),
  };
}
