import type { Actor } from "../world.ts";

/** Something that happens one time, at that instant. */
export function* once(atMs: number, act: (atMs: number) => void): Actor {
  yield atMs;
  act(atMs);
}
