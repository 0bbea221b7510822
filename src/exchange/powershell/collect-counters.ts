import { appPoolNamed, type AppPool } from "../../model/app-pool.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";
import { replyInstant, replyList, replyNumberOrNull, replyObject, replyText } from "./reply-fields.ts";

/** Counters of one worker, which start at zero with the worker. */
export interface OAuthCounters {
  readonly appPool: AppPool;
  /** Windows' name of the worker: `w3wp_MSExchangeServicesAppPool`. While two workers of a pool overlap, each has its own name. */
  readonly instance: string;
  /** Incoming Bearer requests; null if the counter is missing. */
  readonly totalRequests: number | null;
  /** Refused requests among them. */
  readonly failedRequests: number | null;
}

export interface CollectedCounters {
  readonly atMs: number;
  readonly instances: readonly OAuthCounters[];
  readonly durationMs: number;
}

/** Collects the performance counters `MSExchange OAuth(*)`. Throws `CollectionError`. */
export async function collectCounters(settings: PowerShellSettings): Promise<CollectedCounters> {
  const { value, durationMs } = await runScript("collect-counters.ps1", {}, settings);
  const reply = replyObject(value, "the reply");
  const instances = replyList(reply, "instances", readInstance).filter(({ appPool }) => appPool !== "other");
  return { atMs: replyInstant(reply, "at"), instances, durationMs };
}

function readInstance(item: unknown, path: string): OAuthCounters {
  const fields = replyObject(item, path);
  return {
    appPool: appPoolNamed(replyText(fields, "pool")),
    instance: replyText(fields, "instance"),
    totalRequests: replyNumberOrNull(fields, "totalRequests"),
    failedRequests: replyNumberOrNull(fields, "failedRequests"),
  };
}
