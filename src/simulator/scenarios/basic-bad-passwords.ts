import type { Scenario } from "../scenario.ts";
import { failingSignIns } from "./failing-sign-ins.ts";
import { TAIL_MS, refusedMsOf } from "./stale-keys.ts";

/** Phones that keep using an old password. */
export const basicBadPasswords: Scenario = {
  description: "phones that go on with an old password: Basic, 401 1 1326",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 10;
    for (let index = 0; index < count; index++)
      staging.world.start(failingSignIns(staging, index, { signIn: "basic", retryMs: [10_000, 45_000] }));
  },
};
