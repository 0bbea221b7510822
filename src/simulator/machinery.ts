import type { SimulatedServer } from "./farm-server.ts";
import { httpErrLine } from "./lines/http-err-line.ts";
import { probeRows } from "./lines/noise-lines.ts";
import { oauthOutboundLine } from "./lines/oauth-outbound-line.ts";
import { authAdminEvent, ordinaryEvent } from "./windows-events.ts";
import type { Actor, World } from "./world.ts";
import { HOUR_MS } from "../model/durations.ts";

/** Health probes of Managed Availability and of the load balancer. */
export function* probes(world: World, server: SimulatedServer, perSecond: number): Actor {
  const random = world.random(`probes of ${server.name}`);
  for (let atMs = world.startMs; perSecond > 0;) {
    atMs += random.gap(1000 / perSecond);
    yield atMs;
    if (world.isDown(server, atMs)) continue;
    for (const row of probeRows(server, Math.floor(atMs), random)) world.write(server, row.log, row);
  }
}

/** Token requests of the Services app pool, for free/busy lookups in Exchange Online, every few minutes. */
export function* freeBusy(world: World, server: SimulatedServer): Actor {
  const random = world.random(`free/busy of ${server.name}`);
  let sequence = 0;
  for (let atMs = world.startMs; server.logs === "all";) {
    atMs += random.gap(240_000);
    yield atMs;
    if (world.isDown(server, atMs)) continue;
    const processId = world.processId(server, "MSExchangeServicesAppPool");
    world.write(server, "oauth_outbound", {
      atMs,
      text: oauthOutboundLine(server, { atMs, sequence: sequence++, processId, requestId: random.guid() }),
    });
  }
}

/** Idle connections that HTTP.sys drops, all day long. */
export function* droppedConnections(world: World, server: SimulatedServer): Actor {
  const random = world.random(`connections of ${server.name}`);
  for (let atMs = world.startMs; ;) {
    atMs += random.gap(90_000);
    yield atMs;
    const clientAddress = `10.${32 + (server.index % 32)}.0.${1 + random.below(250)}`;
    const text = httpErrLine(server, {
      atMs,
      clientAddress,
      clientPort: 49_152 + random.below(16_000),
      request: null,
      status: 0,
      reason: "Timer_ConnectionIdle",
      queue: "",
    });
    if (!world.isDown(server, atMs)) world.write(server, "http_err", { atMs, text });
  }
}

/**
 * Windows events that have nothing to do with Bearer tokens, and on the first server AuthAdmin's event of a completed
 * run every twelve hours.
 */
export function* windows(world: World, server: SimulatedServer): Actor {
  const random = world.random(`events of ${server.name}`);
  const twelfth = 12 * HOUR_MS;
  let heartbeatMs =
    server.index === 0 ? Math.ceil(world.startMs / twelfth) * twelfth + 420_000 : Number.POSITIVE_INFINITY;
  for (let atMs = world.startMs; ;) {
    atMs += random.gap(600_000);
    while (heartbeatMs < atMs) {
      yield heartbeatMs;
      world.tell(server, authAdminEvent(2015), heartbeatMs);
      heartbeatMs += twelfth;
    }
    yield atMs;
    if (!world.isDown(server, atMs)) world.tell(server, ordinaryEvent(random.below(8)), Math.floor(atMs));
  }
}
