import { openFrontEndFarm, type FrontEndFarm } from "../../front-end/front-end-farm.ts";
import { keyIdsAt } from "../../simulator/front-end/key-ids.ts";
import type { OrganisationChange } from "../../simulator/organisation/simulated-organisation.ts";
import { TENANT } from "../../simulator/organisation/snapshot-json.ts";
import type { LiveOptions } from "../simulate-farm.ts";

export const NAMESPACE = "mail.contoso.example";
export const AUTODISCOVER = "autodiscover.contoso.example";
/** A worker fetches the published keys so long after its first Bearer request: half an hour in life, one minute of the story here. */
const FETCH_DELAY_MS = 60_000;

/** The front ends of a farm that is simulated live: what happens in its logs happens to them. */
export interface SimulatedServers extends FrontEndFarm {
  /** How the simulation tells them. */
  readonly hooks: Pick<LiveOptions, "onBegun" | "onRecycle">;
}

/** Opens a front end on loopback for each server. `now` is the farm's own clock, Unix milliseconds. */
export async function openSimulatedServers(servers: readonly string[], now: () => number): Promise<SimulatedServers> {
  const startMs = now();
  let changes: readonly OrganisationChange[] = [];
  const farm = await openFrontEndFarm({
    servers,
    // The authority, where one is opened, is at localhost and shares the certificate.
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

/** The `probe:` of a configuration that asks them, without tokens. `caFile` holds their certificate. */
export function probeSettings({ servers }: FrontEndFarm, caFile: string, every: string): object {
  return {
    every,
    namespace: NAMESPACE,
    autodiscover: AUTODISCOVER,
    servers: servers.map(({ name, port }) => ({ name, address: `127.0.0.1:${port}` })),
    caFile,
  };
}
