import { componentStatesByServer, isSameServer } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/** An older component state is not used, ms: the server may have been put back into service since. */
const MAX_KNOWN_MS = 2 * 3_600_000;

/** The front-end components that receive the clients' Bearer requests. */
const CLIENT_PROXIES = ["ewsproxy", "mapiproxy", "autodiscoverproxy", "activesyncproxy"];

/** As `isInMaintenance()`. The states of all servers are sorted out once for each snapshot, not for each server that is asked about. */
export function createMaintenanceLook(): typeof isInMaintenance {
  let sorted: { readonly snapshot: Snapshot; readonly states: StatesByServer } | null = null;
  return (snapshot, server, nowMs) => {
    if (!isRecent(snapshot, nowMs)) return null;
    if (sorted?.snapshot !== snapshot) sorted = { snapshot, states: componentStatesByServer(snapshot) };
    return isDown(sorted.states, server);
  };
}

/**
 * Whether an administrator has taken the server out of service for clients with `Set-ServerComponentState`: ServerWideOffline is not
 * active, or none of the proxies of the client protocols is active. Null when unknown: the snapshot does not show these components of
 * the server, or it is older than two hours.
 */
export function isInMaintenance(snapshot: Snapshot | null, server: string, nowMs: number): boolean | null {
  return createMaintenanceLook()(snapshot, server, nowMs);
}

type StatesByServer = ReturnType<typeof componentStatesByServer>;

function isRecent(snapshot: Snapshot | null, nowMs: number): snapshot is Snapshot {
  return snapshot !== null && snapshot.atMs !== null && nowMs - snapshot.atMs <= MAX_KNOWN_MS;
}

function isDown(byServer: StatesByServer, server: string): boolean | null {
  const rows = [...byServer].find(([name]) => isSameServer(name, server))?.[1];
  const states = new Map([...(rows ?? [])].map(([component, state]) => [component.toLowerCase(), isActive(state)]));
  const whole = states.get("serverwideoffline") ?? null;
  if (whole === false) return true;
  const proxies = CLIENT_PROXIES.map((name) => states.get(name) ?? null);
  if (proxies.every((isOn) => isOn === false)) return true;
  return whole === null ? null : false;
}

/** Null for a number: a state whose name is not known. */
function isActive(state: string): boolean | null {
  // Samples: Active, Inactive, Draining
  return /^[A-Za-z]+$/.test(state) ? state.toLowerCase() === "active" : null;
}
