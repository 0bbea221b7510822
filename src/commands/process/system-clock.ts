import type { Clock } from "../../model/clock.ts";

/** This machine's clocks. */
export const SYSTEM_CLOCK: Clock = { wall: Date.now, monotonic: () => performance.now() };
