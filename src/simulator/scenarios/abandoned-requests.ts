import { simulatedClient } from "../clients/client.ts";
import { httpErrLine } from "../lines/http-err-line.ts";
import type { Scenario } from "../scenario.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** Only HTTPERR shows the crash: requests that the pool abandoned. */
export const abandonedRequests: Scenario = {
  description: "stale keys after a crash that only HTTPERR shows: Connection_Abandoned_By_ReqQueue",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, random, group } = staging;
    const appPool = "MSExchangeMapiFrontEndAppPool";
    world.start(
      once(staging.atMs, (atMs) => {
        for (let index = 0; index < 4; index++) {
          const client = simulatedClient("outlook", group, index);
          const request = { method: "POST", url: `/mapi/emsmdb/?mailboxId=${client.mailboxId}@contoso.example` };
          const error = {
            atMs,
            clientAddress: client.address,
            clientPort: 49_152 + random.below(16_000),
            request,
            status: 0,
            reason: "Connection_Abandoned_By_ReqQueue",
            queue: appPool,
          } as const;
          world.write(server, "http_err", { atMs, text: httpErrLine(server, error) });
        }
        world.recycle(server, { appPool, atMs, reason: "crash", shownBy: "http_err" });
      }),
    );
    stageStaleKeys(staging, { appPool });
  },
};
