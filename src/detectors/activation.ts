import { componentStatesByServer } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/** A server came back from maintenance: some of its components returned to Active. */
export interface Activation {
  /** Time of the snapshot that shows it, Unix milliseconds. */
  readonly atMs: number;
  /** Short server name, as the snapshot writes it. */
  readonly server: string;
  /** For evidence. Sample: `active again on EX01: EwsProxy, MapiProxy, OwaProxy and 3 more` */
  readonly text: string;
}

/**
 * Finds servers with components that were inactive in the first snapshot and are active in the second. A component that
 * is missing from either snapshot is ignored.
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
