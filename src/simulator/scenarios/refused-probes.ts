import { simulatedClient } from "../clients/client.ts";
import type { Scenario } from "../scenario.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusedMsOf } from "./stale-keys.ts";

/** Refused probes of the server itself. They are noise, however many there are. */
export const refusedProbes: Scenario = {
  description: "health probes from loopback whose tokens are refused for minutes: noise",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = "MSExchangeMapiFrontEndAppPool";
    for (const index of [0, 1, 2, 3]) {
      const address = index % 2 === 0 ? "127.0.0.1" : "::1";
      const probe = {
        ...simulatedClient("outlook", staging.group, index),
        address,
        userAgent: index < 2 ? "AMProbe/Local/ClientAccess" : "MapiHttpClient",
      };
      const { refusal } = groupOf(staging, appPool, {});
      for (let probedMs = atMs + index * 900; probedMs < atMs + refusedMsOf(parameters); probedMs += 10_000) {
        world.start(
          once(probedMs, () =>
            world.send({
              server,
              target: server,
              client: probe,
              protocol: "mapi",
              signIn: "bearer",
              outcome: refusal,
              atMs: probedMs,
              isNoise: true,
            }),
          ),
        );
      }
    }
  },
};
