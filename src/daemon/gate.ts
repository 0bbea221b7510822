import { causesIn } from "../causes/records/index.ts";
import { incidentsOfServer } from "../engine/incidents/findings.ts";
import { exposureOf } from "../engine/organisation-state.ts";
import type { GateVerdict } from "../web/web-queries.ts";
import { FRONT_END_POOL } from "../model/app-pool.ts";
import type { Cause, Protocol } from "../model/label-values.ts";
import type { DaemonParts } from "./daemon-parts.ts";
import { isSameServer } from "../model/snapshot/snapshot-facts.ts";
import { probeGate } from "./probe/probe-gate.ts";

/** Causes that lie in one server: another server behind the load balancer would accept the client. */
const LOCAL_CAUSES: readonly Cause[] = causesIn("server");

/**
 * Whether the server would accept a Bearer token for the protocol now. It fails open: when nothing is known, and when a fault has lasted
 * longer than `gate.grace`, traffic is let through.
 */
export function gateVerdict(parts: DaemonParts, server: string, protocol: Protocol): GateVerdict {
  const { detection, organisation, options } = parts;
  const nowMs = detection.nowMs();
  const appPool = FRONT_END_POOL[protocol];
  const { graceMs } = options.live.inForce().gate;
  const state = detection.engine.servers.find((one) => one.name.toLowerCase() === server.toLowerCase());
  const recycle = state?.workers.recycles().findLast((one) => one.appPool === appPool);
  const pool = state?.pools.get(appPool);
  const hasServed = recycle !== undefined && pool?.timeline.acceptedBetween(recycle.atMs, nowMs + 1) === true;
  const missingKeys = exposureOf(organisation.state()).count;
  const backMs = organisation.state().activations.findLast((one) => isSameServer(one.server, server))?.atMs;
  const news = [recycle?.atMs, backMs].filter((atMs) => atMs !== undefined);
  const probes = parts.probes.current();
  const probed =
    probes === null
      ? null
      : probeGate(
          { book: probes.prober.book(), hasTokens: probes.hasTokens },
          { server, protocol },
          {
            nowMs: options.clock.wall(),
            graceMs,
            newSinceMs: news.length === 0 ? null : Math.max(...news),
            missingKeys,
            hasServed,
          },
        );
  if (probed?.accepts === false) return probed;
  if (state === undefined) return probed ?? { accepts: true, because: "no log of this server has been read" };
  const incident = incidentsOfServer(detection.view(), state).find(
    (one) => one.isOpen && one.appPool === appPool && LOCAL_CAUSES.includes(one.cause),
  );
  if (incident !== undefined && nowMs - incident.startMs < graceMs)
    return { accepts: false, because: `open incident on ${appPool}: ${incident.cause}` };
  if (probed !== null) return probed;
  const isNew = recycle !== undefined && nowMs - recycle.atMs < graceMs && !hasServed;
  if (isNew && (missingKeys ?? 0) > 0)
    return { accepts: false, because: `the worker of ${appPool} is new and a published signing key is missing in AD` };
  return {
    accepts: true,
    because: incident === undefined ? "no open incident" : "an open incident has lasted longer than the grace",
  };
}
