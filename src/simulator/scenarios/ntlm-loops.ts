import type { Scenario } from "../scenario.ts";
import { failingSignIns } from "./failing-sign-ins.ts";
import { TAIL_MS, refusedMsOf } from "./stale-keys.ts";

/** NTLM sign-ins that never succeed; no token is involved. */
export const ntlmLoops: Scenario = {
  description: "NTLM that never succeeds, again and again: no Bearer token is involved",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 12;
    for (let index = 0; index < count; index++)
      staging.world.start(failingSignIns(staging, index, { signIn: "ntlm", retryMs: [5_000, 15_000] }));
  },
};
