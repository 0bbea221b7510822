import { MINUTE_MS } from "./durations.ts";

/** A worker process fetches the published keys at most this long after its first Bearer request (KB 4559435), in ms. */
export const WORKER_HEALS_WITHIN_MS = 30 * MINUTE_MS;

/** The same as the logs show it: they may be 5 minutes late. In ms; `gate.grace` has it as its default. */
export const HEALING_IS_LOGGED_WITHIN_MS = WORKER_HEALS_WITHIN_MS + 5 * MINUTE_MS;
