import type { Follower } from "../../src/follow/follower.ts";
import { FOLLOW_SHAPE, type FollowState } from "../../src/follow/follow-state.ts";
import { hasShape } from "../../src/model/shape/shape.ts";
import { storedText } from "../stored-text.ts";

/** The follower's state after it was written into a state record and read again. */
export function stateOf(follower: Follower): FollowState {
  const state: unknown = JSON.parse(storedText(follower.stateStream()));
  if (!hasShape(FOLLOW_SHAPE, state))
    throw new Error("Cannot use the follower's state: it does not have the shape of one");
  return state;
}
