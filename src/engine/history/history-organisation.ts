import { keyChangeFinding } from "../../detectors/key-change.ts";
import { observeEvent } from "../../detectors/key-observation.ts";
import type { KeyChangeFinding } from "../../model/finding.ts";
import type { WindowsEventRow } from "../../model/row.ts";
import type { Snapshot } from "../../model/snapshot/snapshot.ts";
import type { OrganisationFacts } from "../organisation-facts.ts";
import {
  factsOf,
  NOTHING_KNOWN,
  stepOrganisation,
  type OrganisationUpdate,
  type OrganisationState,
} from "../organisation-state.ts";

/** An update of the organisation, and its time (Unix ms). */
export interface DatedUpdate {
  readonly atMs: number;
  readonly update: OrganisationUpdate;
}

/** What the updates of the whole history show about the organisation. */
export interface OrganisationHistory {
  /** After all updates. */
  readonly state: OrganisationState;
  /** Facts of the whole time with their times, so that causes find what was true at the time of an incident. */
  readonly facts: OrganisationFacts;
  readonly keyChanges: readonly KeyChangeFinding[];
}

type FailedCheck = OrganisationFacts["failedChecks"][number];

/**
 * Snapshots and AuthAdmin events as updates in order of time. The result does not depend on the order in which they are read. Snapshots
 * without a time are left out.
 */
export function updatesOf(snapshots: readonly Snapshot[], events: readonly WindowsEventRow[]): readonly DatedUpdate[] {
  const dated: (DatedUpdate & { readonly rank: () => string })[] = [
    // At the same time, an event comes before the snapshot, which shows its effect.
    ...events.flatMap((row) =>
      eventNews(row).map((update) => ({ atMs: row.atMs, update, rank: () => `0 ${row.label}` })),
    ),
    ...snapshots.flatMap((snapshot) =>
      snapshot.atMs === null
        ? []
        : [
            {
              atMs: snapshot.atMs,
              update: { kind: "snapshot" as const, snapshot },
              rank: () => `1 ${JSON.stringify(snapshot)}`,
            },
          ],
    ),
  ];
  return dated
    .sort((a, b) => a.atMs - b.atMs || compareTexts(a.rank(), b.rank()))
    .map(({ atMs, update }) => ({ atMs, update }));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Applies all updates, which must be in order of time. `onState` receives the state after each. */
export function organisationHistory(
  updates: readonly DatedUpdate[],
  onState?: (atMs: number, state: OrganisationState) => void,
): OrganisationHistory {
  let state = NOTHING_KNOWN;
  const failures = createFailureSpans();
  for (const one of updates) {
    state = stepOrganisation(state, one.update);
    if (one.update.kind === "snapshot") failures.add(one.atMs, state.failedChecks);
    onState?.(one.atMs, state);
  }
  return {
    state,
    facts: { ...factsOf(state), failedChecks: failures.spans },
    keyChanges: state.changes.map(keyChangeFinding),
  };
}

function eventNews(row: WindowsEventRow): OrganisationUpdate[] {
  const updates: OrganisationUpdate[] = observeEvent(row).map((observation) => ({ kind: "event", observation }));
  if (row.event.fact === "auth_admin" && row.event.name === "auth_admin_completed")
    updates.push({ kind: "auth_admin_run", atMs: row.atMs });
  return updates;
}

/** Collects failed checks, each from the snapshot that first shows it until the first one that does not show it any more. */
function createFailureSpans(): {
  readonly spans: FailedCheck[];
  readonly add: (atMs: number, failed: readonly FailedCheck[]) => void;
} {
  const spans: FailedCheck[] = [];
  let open = new Map<string, number>();
  return {
    spans,
    add: (atMs, failed) => {
      const still = new Map<string, number>();
      for (const check of failed) {
        const key = `${check.check} ${check.server ?? ""} ${check.found}`;
        const known = open.get(key);
        still.set(key, known ?? spans.push(check) - 1);
      }
      for (const [key, index] of open) {
        const span = spans[index];
        if (!still.has(key) && span !== undefined) spans[index] = { ...span, untilMs: atMs };
      }
      open = still;
    },
  };
}
