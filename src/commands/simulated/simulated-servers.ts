import { openFrontEndFarm, type FrontEndFarm } from "../../front-end/front-end-farm.ts";
import { keyIdsAt } from "../../simulator/front-end/key-ids.ts";
import type { OrganisationChange } from "../../simulator/organisation/simulated-organisation.ts";
import { TENANT } from "../../simulator/organisation/snapshot-json.ts";
import type { LiveOptions } from "../simulate-farm.ts";

export const NAMESPACE = "mail.contoso.example";
export const AUTODISCOVER = "autodiscover.contoso.example";
/** Time after its first Bearer request at which a worker fetches the published keys: half an hour in reality, one minute in the demo. */
const FETCH_DELAY_MS = 60_000;

/** The front ends of a farm that is simulated live. They behave according to the events in its logs. */
export interface SimulatedServers extends FrontEndFarm {
  /** Receives the events of the simulation. */
  readonly hooks: Pick<LiveOptions, "onBegun" | "onRecycle">;
}

/** Starts a front end on loopback for each server. `now` is the farm's own clock, Unix milliseconds. */
export async function openSimulatedServers(servers: readonly string[], now: () => number): Promise<SimulatedServers> {
  const startMs = now();
  let changes: readonly OrganisationChange[] = [];
  const farm = await openFrontEndFarm({
    servers,
    // The authority, if there is one, runs on localhost and uses the same certificate.
    namespaces: [NAMESPACE, AUTODISCOVER, "localhost"],
    tenant: TENANT,
    keys: () => keyIdsAt(changes, startMs, now()),
    now,
    delayMs: FETCH_DELAY_MS,
  });
  return {
    ...farm,
    hooks: {
      onBegun: (simulation) => {
        changes = simulation.changes;
      },
      onRecycle: farm.recycle,
    },
  };
}

/** The `probe:` section of a configuration that probes them, without tokens. `caFile` contains their certificate. */
export function probeSettings({ servers }: FrontEndFarm, caFile: string, every: string): object {
  return {
    every,
    namespace: NAMESPACE,
    autodiscover: AUTODISCOVER,
    servers: servers.map(({ name, port }) => ({ name, address: `127.0.0.1:${port}` })),
    caFile,
  };
}
