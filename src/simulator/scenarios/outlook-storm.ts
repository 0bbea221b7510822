import type { Scenario } from "../scenario.ts";
import { outlookStarts } from "./outlook-starts.ts";
import { TAIL_MS } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Monday morning: all users start Outlook, some twice, with eight connections each, all challenged at once. */
export const outlookStorm: Scenario = {
  description:
    "Monday morning: dozens of Outlooks start, eight connections each, every one challenged once, then served",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: () => 10 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 80;
    for (let index = 0; index < count; index++) staging.world.start(outlookStarts(staging, index));
  },
};
