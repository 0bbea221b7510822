import { parseSnapshot, whyNoSnapshot } from "../model/snapshot/parse-snapshot.ts";
import { fieldsOf } from "../model/snapshot/snapshot-fields.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/**
 * Parses snapshots one after the other. Most of a farm differ from the one before only in their time: of these only the time is read. The
 * result is that of `parseSnapshot()`.
 */
export class RepeatedSnapshots {
  /** The last snapshot that was parsed whole, and its JSON without the time. */
  #content: string | null = null;
  #snapshot: Snapshot | null = null;

  /** Throws an Error that states what is wrong when the value is not a snapshot or has no time. */
  parse(value: unknown): Snapshot {
    const { at, content } = timeAndContent(value);
    const atMs = fieldsOf({ at }, "", () => undefined)?.instant("at") ?? null;
    if (atMs !== null && content !== null && content === this.#content && this.#snapshot !== null)
      return { ...this.#snapshot, atMs };
    const snapshot = parseDated(value);
    this.#content = content;
    this.#snapshot = snapshot;
    return snapshot;
  }
}

function parseDated(value: unknown): Snapshot {
  const because = whyNoSnapshot(value);
  if (because !== null) throw new Error(because);
  const { snapshot, faults } = parseSnapshot(value);
  if (snapshot.atMs === null)
    throw new Error(`it has no time "at"${faults.length === 0 ? "" : `, and ${faults.length} other faults`}`);
  return snapshot;
}

/** The time of a snapshot and the JSON of all else; nothing when the value has no time or several. */
function timeAndContent(value: unknown): { readonly at: unknown; readonly content: string | null } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { at: null, content: null };
  const fields = Object.entries(value);
  const times = fields.filter(([name]) => isTime(name));
  if (times.length !== 1) return { at: null, content: null };
  return { at: times[0]?.[1], content: JSON.stringify(fields.filter(([name]) => !isTime(name))) };
}

/** Property names ignore case. */
function isTime(name: string): boolean {
  return name.toLowerCase() === "at";
}
