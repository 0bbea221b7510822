import { setTimeout as timer } from "node:timers/promises";

/** Resolves after `ms` milliseconds, or as soon as the signal is aborted. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await timer(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
