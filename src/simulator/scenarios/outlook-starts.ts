import { simulatedClient } from "../clients/client.ts";
import type { Staging } from "../scenario.ts";
import type { Actor } from "../world.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** A client starts Outlook once or twice: eight connections, each challenged, then served. */
export function* outlookStarts({ world, server, group, atMs }: Staging, index: number): Actor {
  const random = world.random(`storm ${group} ${index}`);
  const client = simulatedClient("outlook", group, index);
  const startMs = atMs + random.between(0, 5 * MINUTE_MS);
  const starts = index % 3 === 0 ? [startMs, startMs + random.between(60_000, 4 * MINUTE_MS)] : [startMs];
  for (const beginMs of starts) {
    yield beginMs;
    for (const [count, outcome, afterMs] of [
      [8, "challenge", 0],
      [8, "success", 600],
    ] as const) {
      for (let connection = 0; connection < count; connection++) {
        world.send({
          server,
          target: server,
          client,
          protocol: "mapi",
          signIn: "bearer",
          outcome: { kind: outcome },
          atMs: beginMs + afterMs + random.between(0, 400),
        });
      }
    }
  }
}
