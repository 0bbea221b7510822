import type { Actor } from "../world.ts";

/** Calls `act` once, at that time. */
export function* once(atMs: number, act: (atMs: number) => void): Actor {
  yield atMs;
  act(atMs);
}
