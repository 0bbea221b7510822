import type { SimulatedServer } from "../farm-server.ts";
import { type OrganisationChange, organisationAt, stepSimulatedOrganisation } from "./simulated-organisation.ts";
import { snapshotJson } from "./snapshot-json.ts";

/** A dated snapshot of the organisation, as `collect` writes it. */
export interface SimulatedSnapshot {
  /** When it was collected, Unix milliseconds. */
  readonly atMs: number;
  /** Path below the farm, with `/`. Unique. */
  readonly path: string;
  readonly text: string;
}

export interface SnapshotSettings {
  readonly servers: readonly SimulatedServer[];
  readonly startMs: number;
  readonly endMs: number;
  readonly everyMs: number;
  /** In any order. */
  readonly changes: readonly OrganisationChange[];
}

/** Time from a change to the snapshot that shows it, as if somebody ran the collection then (ms). */
const SEEN_AFTER_MS = 2_000;

/** Snapshots in order of time: at the beginning, every `everyMs`, and after each change. */
export function* organisationSnapshots(settings: SnapshotSettings): Generator<SimulatedSnapshot, void, void> {
  const { servers, startMs, endMs, everyMs } = settings;
  const changes = settings.changes.toSorted((one, other) => one.atMs - other.atMs);
  const seen = [...new Set(changes.map(({ atMs }) => Math.floor((atMs + SEEN_AFTER_MS) / 1_000) * 1_000))].filter(
    (atMs) => atMs > startMs && atMs < endMs,
  );
  const firstMs = Math.ceil(startMs / 1_000) * 1_000;
  let now = organisationAt(startMs);
  for (let round = 0; ;) {
    const regularMs = firstMs + round * everyMs;
    const atMs = Math.min(regularMs, seen[0] ?? Infinity);
    if (atMs >= endMs) return;
    if (atMs === seen[0]) seen.shift();
    if (atMs === regularMs) round += 1;
    while (changes[0] !== undefined && changes[0].atMs <= atMs) {
      now = stepSimulatedOrganisation(now, changes[0]);
      changes.shift();
    }
    yield { atMs, path: pathAt(atMs), text: `${JSON.stringify(snapshotJson({ servers, atMs, now }), null, 2)}\n` };
  }
}

/** Sample: `snapshots/snapshot-2026-11-23T071500Z.json` */
function pathAt(atMs: number): string {
  return `snapshots/snapshot-${new Date(atMs).toISOString().slice(0, 19).replaceAll(":", "")}Z.json`;
}
