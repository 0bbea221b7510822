import { appPoolNamed, type AppPool } from "../../model/app-pool.ts";
import { runScript, type PowerShellSettings } from "./powershell-settings.ts";
import { replyInstant, replyList, replyNumberOrNull, replyObject, replyText } from "./reply-fields.ts";

/** Counters of one worker, from zero at its start. */
export interface OAuthCounters {
  readonly appPool: AppPool;
  /** `w3wp_MSExchangeServicesAppPool`: as Windows names the worker, one of its own while two overlap. */
  readonly instance: string;
  /** Bearer requests that came in; null when the counter is missing. */
  readonly totalRequests: number | null;
  /** Those of them that were refused. */
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
