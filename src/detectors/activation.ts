import { componentStatesByServer } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/** A server came back from maintenance: components of it went back to Active. */
export interface Activation {
  /** The snapshot that shows it, Unix milliseconds. */
  readonly atMs: number;
  /** Short name, as the snapshot writes it. */
  readonly server: string;
  /** For evidence. Sample: `active again on EX01: EwsProxy, MapiProxy, OwaProxy and 3 more` */
  readonly text: string;
}

/**
 * The servers of which components were not active in the first snapshot and are in the second. A component that either does not show says
 * nothing.
 */
export function activationsBetween(before: Snapshot, after: Snapshot): readonly Activation[] {
  const { atMs } = after;
  if (atMs === null) return [];
  const earlier = new Map(
    [...componentStatesByServer(before)].map(([server, states]) => [server.toLowerCase(), states]),
  );
  return [...componentStatesByServer(after)].flatMap(([server, states]) => {
    const was = earlier.get(server.toLowerCase());
    const back = [...states]
      .filter(
        ([component, state]) => isActive(state) && was?.has(component) === true && !isActive(was.get(component) ?? ""),
      )
      .map(([component]) => component);
    if (back.length === 0) return [];
    const rest = back.length > 3 ? ` and ${back.length - 3} more` : "";
    return [{ atMs, server, text: `active again on ${server}: ${back.slice(0, 3).join(", ")}${rest}` }];
  });
}

function isActive(state: string): boolean {
  return state.toLowerCase() === "active";
}
