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
  type OrganisationNews,
  type OrganisationState,
} from "../organisation.ts";

/** What was learned of the organisation at one instant. */
export interface DatedNews {
  readonly atMs: number;
  readonly news: OrganisationNews;
}

export interface OrganisationHistory {
  /** After all news. */
  readonly state: OrganisationState;
  /** Of the whole time: causes look up what held at theirs. */
  readonly facts: OrganisationFacts;
  readonly keyChanges: readonly KeyChangeFinding[];
}

type FailedCheck = OrganisationFacts["failedChecks"][number];

/** Snapshots and AuthAdmin events as news in order of time: the same for any order in which they are read. Snapshots without a time are left out. */
export function newsOf(snapshots: readonly Snapshot[], events: readonly WindowsEventRow[]): readonly DatedNews[] {
  const dated: (DatedNews & { readonly rank: () => string })[] = [
    // An event stands before the snapshot that shows what it did.
    ...events.flatMap((row) => eventNews(row).map((news) => ({ atMs: row.atMs, news, rank: () => `0 ${row.label}` }))),
    ...snapshots.flatMap((snapshot) =>
      snapshot.atMs === null
        ? []
        : [
            {
              atMs: snapshot.atMs,
              news: { kind: "snapshot" as const, snapshot },
              rank: () => `1 ${JSON.stringify(snapshot)}`,
            },
          ],
    ),
  ];
  return dated
    .sort((a, b) => a.atMs - b.atMs || compareTexts(a.rank(), b.rank()))
    .map(({ atMs, news }) => ({ atMs, news }));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Takes in all news, oldest first. `onState` hears of the state after each. */
export function organisationHistory(
  news: readonly DatedNews[],
  onState?: (atMs: number, state: OrganisationState) => void,
): OrganisationHistory {
  let state = NOTHING_KNOWN;
  const failures = createFailureSpans();
  for (const one of news) {
    state = stepOrganisation(state, one.news);
    if (one.news.kind === "snapshot") failures.add(one.atMs, state.failedChecks);
    onState?.(one.atMs, state);
  }
  return {
    state,
    facts: { ...factsOf(state), failedChecks: failures.spans },
    keyChanges: state.changes.map(keyChangeFinding),
  };
}

function eventNews(row: WindowsEventRow): OrganisationNews[] {
  const news: OrganisationNews[] = observeEvent(row).map((observation) => ({ kind: "event", observation }));
  if (row.event.fact === "auth_admin" && row.event.name === "auth_admin_completed")
    news.push({ kind: "auth_admin_run", atMs: row.atMs });
  return news;
}

/** Failed checks from the snapshot that first shows them to the one that shows them no more. */
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
