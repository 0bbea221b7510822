import { componentStatesByServer, isSameServer } from "../model/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** A component state says nothing of now when it is older: a server may have been put back since. */
const LONGEST_KNOWN_MS = 2 * 3_600_000;

/**
 * Whether an administrator has taken the server out of service (component ServerWideOffline is not active, as
 * `Set-ServerComponentState <server> -Component ServerWideOffline -State Inactive` leaves it). Null while it is not known: no
 * snapshot shows the server, or the newest one is older than two hours.
 */
export function isInMaintenance(snapshot: Snapshot | null, server: string, nowMs: number): boolean | null {
  if (snapshot?.atMs == null || nowMs - snapshot.atMs > LONGEST_KNOWN_MS) return null;
  const states = [...componentStatesByServer(snapshot)].find(([name]) => isSameServer(name, server))?.[1];
  const state = [...(states ?? [])].find(([component]) => component.toLowerCase() === "serverwideoffline")?.[1];
  // Samples: Active, Inactive, Draining; a number is the name of no state that is known
  if (state === undefined || !/^[A-Za-z]+$/.test(state)) return null;
  return state.toLowerCase() !== "active";
}
