import { EXCHANGE_BUILDS } from "../catalogue/builds.ts";
import type { Check } from "../checks/check.ts";
import { checkMetrics, keyMetrics, snapshotMetrics } from "../checks/check-metrics.ts";
import { evaluateChecks, evaluateProofs, type CheckResult } from "../checks/evaluate-checks.ts";
import { CHECKS } from "../checks/index.ts";
import { CAUSE_RECORDS } from "../causes/records/index.ts";
import { activationsBetween } from "../detectors/activation.ts";
import { missingKeys } from "../detectors/exposure-timeline.ts";
import { NO_KEY_HISTORY, stepKeys, type KeyChange, type KeyHistory } from "../detectors/key-change.ts";
import { observePublished, observeSnapshot, type KeyObservation } from "../detectors/key-observation.ts";
import { KEY_CHANGE_KINDS, type Cause, type KeyChangeKind } from "../model/label-values.ts";
import type { LogGap } from "../model/log-gap.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import type { ProbeOutcome } from "../model/probe/probe.ts";
import { keyStates, type PublishedKeys } from "../model/snapshot/signing-keys.ts";
import { runsOfAuthAdmin, isSameServer, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { noteObservations } from "../probe/probe-observations.ts";
import { missingTokenKeys, noteTokenKeys, publishedNow } from "../detectors/token-keys.ts";
import type { OrganisationFacts } from "./organisation-facts.ts";

/** State of the organisation: plain JSON, stored in the state record. */
export interface OrganisationState {
  readonly snapshot: Snapshot | null;
  /** Last fetch of each AuthServer's keys by this program. */
  readonly published: readonly PublishedKeys[];
  readonly keyHistory: KeyHistory;
  readonly changes: readonly KeyChange[];
  readonly changeCounts: Readonly<Partial<Record<KeyChangeKind, number>>>;
  readonly missing: readonly { readonly atMs: number; readonly count: number | null }[];
  readonly clockOffsets: OrganisationFacts["clockOffsets"];
  readonly activations: OrganisationFacts["activations"];
  readonly failedChecks: OrganisationFacts["failedChecks"];
  readonly probe: OrganisationFacts["probe"];
  /** Keys that recently signed the probe's tokens: thumbprint, and when last (Unix ms). */
  readonly tokenKeys: readonly { readonly thumbprint: string; readonly atMs: number }[];
  /** Last run of AuthAdmin that a Windows event reported (Unix ms); null without such an event. */
  readonly authAdminRunMs: number | null;
  /** Results of checks that the probe's last results prove. Not stored. */
  readonly proofs: readonly ProbeProof[];
  /** Columns missing in the logs read so far. Not stored. */
  readonly logGaps: readonly LogGap[];
}

export const NOTHING_KNOWN: OrganisationState = {
  snapshot: null,
  published: [],
  keyHistory: NO_KEY_HISTORY,
  changes: [],
  changeCounts: {},
  missing: [],
  clockOffsets: [],
  activations: [],
  failedChecks: [],
  probe: [],
  tokenKeys: [],
  authAdminRunMs: null,
  proofs: [],
  logGaps: [],
};

/** An update of the organisation. Snapshots and published keys must come in order of time. */
export type OrganisationUpdate =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "published"; readonly keys: PublishedKeys }
  /** A Windows event that reports a change of keys (AuthAdmin 2013, 2014). */
  | { readonly kind: "event"; readonly observation: KeyObservation }
  | { readonly kind: "auth_admin_run"; readonly atMs: number }
  | { readonly kind: "probe"; readonly outcomes: readonly ProbeOutcome[] };

/** Limits of the lists; the oldest entries are dropped first. */
const MAX_CHANGES = 500;
const MAX_STEPS = 500;
const MAX_OFFSETS = 1_000;

/** Checks that support a cause when they fail, by check id. */
const CAUSE_OF_CHECK: ReadonlyMap<string, Cause> = new Map(
  Object.values(CAUSE_RECORDS).flatMap(({ cause, checks }) => checks.map((check) => [check, cause] as const)),
);

const SPEAKING_CHECKS: readonly Check[] = CHECKS.filter(({ id }) => CAUSE_OF_CHECK.has(id));

/** Returns the next state; does not change `state`. */
export function stepOrganisation(state: OrganisationState, update: OrganisationUpdate): OrganisationState {
  switch (update.kind) {
    case "snapshot":
      return withSnapshot(state, update.snapshot);
    case "published":
      return withPublished(state, update.keys);
    case "event":
      return observed(state, [update.observation]);
    case "auth_admin_run":
      return { ...state, authAdminRunMs: Math.max(state.authAdminRunMs ?? 0, update.atMs) };
    case "probe":
      return withProbed(state, update.outcomes);
  }
}

/** The facts that serve as evidence for causes. */
export function factsOf(state: OrganisationState): OrganisationFacts {
  const issuers = (state.snapshot === null ? null : trustedKeys(state.snapshot))?.map(({ issuer }) => issuer) ?? [];
  return {
    issuer: issuers.includes("adfs") && !issuers.includes("evosts") ? "AD FS" : "Entra ID",
    keyChanges: state.changes.map((change) => ({
      atMs: change.atMs,
      text: change.text,
      isPublished: change.kind === "entra_keys_published",
      shownBy: change.shownBy,
    })),
    missingKeys: state.missing.flatMap(({ atMs, count }) => [{ atMs, count: count ?? 0 }]),
    clockOffsets: state.clockOffsets,
    failedChecks: state.failedChecks,
    activations: state.activations,
    probe: state.probe,
  };
}

/**
 * Evaluates all checks, or only `checks`, on the newest snapshot and the probe's proofs. Without a snapshot: only what the probe proves.
 */
export function checkResultsOf(
  state: OrganisationState,
  nowMs: number,
  checks?: readonly Check[],
): readonly CheckResult[] {
  if (state.snapshot === null) return evaluateProofs(state.proofs);
  return evaluateChecks(
    state.snapshot,
    {
      nowMs,
      builds: EXCHANGE_BUILDS,
      publishedKeys: state.published.length === 0 ? null : state.published,
      logGaps: state.logGaps,
      proofs: state.proofs,
      rolledOverAtMs: state.changes.findLast(({ kind }) => kind === "entra_keys_published")?.atMs ?? null,
    },
    checks,
  );
}

/** The metrics of the organisation at `nowMs` (Unix ms), results of the checks included. */
export function organisationMetrics(
  state: OrganisationState,
  nowMs: number,
  results: readonly CheckResult[] = checkResultsOf(state, nowMs),
): MetricValue[] {
  const values: MetricValue[] = [];
  for (const kind of KEY_CHANGE_KINDS) {
    values.push({
      kind: "value",
      metric: "hma_key_changes_total",
      labels: { kind },
      value: state.changeCounts[kind] ?? 0,
    });
    const last = state.changes.filter((change) => change.kind === kind).at(-1);
    if (last !== undefined)
      values.push({
        kind: "value",
        metric: "hma_key_change_timestamp_seconds",
        labels: { kind },
        value: last.atMs / 1000,
      });
  }
  const { snapshot } = state;
  values.push(...checkMetrics(results));
  if (snapshot !== null) {
    const states = keyStates(publishedNow(state), trustedKeys(snapshot) ?? [], nowMs);
    values.push(...keyMetrics(states, missingTokenKeys(state, nowMs).length > 0));
    values.push(...snapshotMetrics(snapshot).filter((value) => value.metric !== LAST_RUN));
  }
  const runMs = Math.max(state.authAdminRunMs ?? 0, ...(snapshot === null ? [] : runsOfAuthAdmin(snapshot)));
  if (runMs > 0) values.push({ kind: "value", metric: LAST_RUN, labels: {}, value: runMs / 1000 });
  return values;
}

const LAST_RUN = "hma_auth_admin_last_run_timestamp_seconds";

/** Number of published keys that AD does not have, and since when (Unix ms). `count` is null while unknown. */
export function exposureOf(state: OrganisationState): {
  readonly count: number | null;
  readonly sinceMs: number | null;
} {
  const last = state.missing.at(-1);
  return last === undefined ? { count: null, sinceMs: null } : { count: last.count, sinceMs: last.atMs };
}

/** Returns the same object when the outcomes contain nothing new. */
function withProbed(state: OrganisationState, outcomes: readonly ProbeOutcome[]): OrganisationState {
  const probe = noteObservations(state.probe, outcomes);
  const tokenKeys = noteTokenKeys(state, outcomes);
  if (probe === state.probe && tokenKeys === state.tokenKeys) return state;
  const next = { ...state, probe, tokenKeys };
  return tokenKeys === state.tokenKeys ? next : withMissing(next, Math.max(...tokenKeys.map(({ atMs }) => atMs)));
}

function withSnapshot(state: OrganisationState, snapshot: Snapshot): OrganisationState {
  const { atMs } = snapshot;
  if (atMs === null || (state.snapshot?.atMs ?? -Infinity) > atMs) return state;
  const activations = state.snapshot === null ? [] : activationsBetween(state.snapshot, snapshot);
  const next: OrganisationState = {
    ...observed(state, observeSnapshot(snapshot)),
    snapshot,
    activations: [...state.activations, ...activations].slice(-MAX_OFFSETS),
    clockOffsets: [...state.clockOffsets, ...clockOffsetsOf(snapshot, atMs)].slice(-MAX_OFFSETS),
  };
  return withMissing({ ...next, failedChecks: failedChecksOf(next, atMs) }, atMs);
}

function withPublished(state: OrganisationState, keys: PublishedKeys): OrganisationState {
  const others = state.published.filter((one) => one.authServer.toLowerCase() !== keys.authServer.toLowerCase());
  return withMissing(
    observed({ ...state, published: [...others, keys].slice(-20) }, observePublished(keys)),
    keys.fetchedAtMs,
  );
}

function observed(state: OrganisationState, observations: readonly KeyObservation[]): OrganisationState {
  let { keyHistory } = state;
  const changes: KeyChange[] = [];
  for (const observation of observations) {
    const step = stepKeys(keyHistory, observation);
    keyHistory = step.history;
    changes.push(...step.changes);
  }
  const changeCounts = { ...state.changeCounts };
  for (const { kind } of changes) changeCounts[kind] = (changeCounts[kind] ?? 0) + 1;
  const all = [...state.changes, ...changes].sort((a, b) => a.atMs - b.atMs).slice(-MAX_CHANGES);
  return { ...state, keyHistory, changes: all, changeCounts };
}

function withMissing(state: OrganisationState, atMs: number): OrganisationState {
  if (state.snapshot === null) return state;
  const ofTokens = missingTokenKeys(state, atMs);
  const known = missingKeys(publishedNow(state), trustedKeys(state.snapshot) ?? [], atMs);
  const count = ofTokens.length === 0 ? known : Math.max(known ?? 0, ofTokens.length);
  const last = state.missing.at(-1);
  if (last === undefined ? count === null : last.count === count) return state;
  return { ...state, missing: [...state.missing, { atMs, count }].slice(-MAX_STEPS) };
}

function clockOffsetsOf(snapshot: Snapshot, atMs: number): OrganisationFacts["clockOffsets"] {
  return (snapshot.clock ?? []).flatMap((clock) =>
    clock.Server === null || clock.OffsetSeconds === null
      ? []
      : [{ atMs, server: clock.Server, seconds: clock.OffsetSeconds }],
  );
}

function failedChecksOf(state: OrganisationState, atMs: number): OrganisationFacts["failedChecks"] {
  return checkResultsOf(state, atMs, SPEAKING_CHECKS).flatMap((result) => {
    const speaksFor = CAUSE_OF_CHECK.get(result.check);
    if (result.verdict !== "fail" || speaksFor === undefined) return [];
    const server =
      (state.snapshot?.exchangeServers ?? [])
        .map((one) => one.Name ?? "")
        .find((name) => isSameServer(name, result.object)) ?? null;
    return [{ atMs, server, check: result.check, found: result.found ?? "", speaksFor }];
  });
}
