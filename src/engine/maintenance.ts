import { componentStatesByServer, isSameServer } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/** A component state says nothing of now when it is older: a server may have been put back since. */
const MAX_KNOWN_MS = 2 * 3_600_000;

/** The front-end components that take clients' Bearer requests. */
const CLIENT_PROXIES = ["ewsproxy", "mapiproxy", "autodiscoverproxy", "activesyncproxy"];

/**
 * Whether an administrator has taken the server out of service for clients: its component ServerWideOffline is not active, or none
 * of the proxies of the client protocols is, as `Set-ServerComponentState` leaves them. Null while it is not known: no snapshot
 * shows these components of the server, or the newest one is older than two hours.
 */
export function isInMaintenance(snapshot: Snapshot | null, server: string, nowMs: number): boolean | null {
  if (snapshot === null || snapshot.atMs === null || nowMs - snapshot.atMs > MAX_KNOWN_MS) return null;
  const rows = [...componentStatesByServer(snapshot)].find(([name]) => isSameServer(name, server))?.[1];
  const states = new Map([...(rows ?? [])].map(([component, state]) => [component.toLowerCase(), isActive(state)]));
  const whole = states.get("serverwideoffline") ?? null;
  if (whole === false) return true;
  const proxies = CLIENT_PROXIES.map((name) => states.get(name) ?? null);
  if (proxies.every((isOn) => isOn === false)) return true;
  return whole === null ? null : false;
}

/** Null for a number, which is the name of no state that is known. */
function isActive(state: string): boolean | null {
  // Samples: Active, Inactive, Draining
  return /^[A-Za-z]+$/.test(state) ? state.toLowerCase() === "active" : null;
}
