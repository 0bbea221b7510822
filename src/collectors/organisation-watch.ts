import { learnFacts } from "../engine/engine.ts";
import { createMaintenanceLook } from "../engine/maintenance.ts";
import { logGapsOf } from "../reading/read-stats.ts";
import type { CheckResult } from "../checks/evaluate-checks.ts";
import type { Config } from "../config/config-schema.ts";
import { observeEvent } from "../detectors/key-observation.ts";
import {
  exposureOf,
  factsOf,
  NOTHING_KNOWN,
  organisationMetrics,
  stepOrganisation,
  type OrganisationUpdate,
  type OrganisationState,
} from "../engine/organisation-state.ts";
import { farmSnapshotFolder, openSnapshotFolder, type SnapshotFolder } from "../exchange/snapshot-folder.ts";
import type { ComplianceStatus, ExposureStatus } from "../web/web-queries.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { Logger } from "../logging/open-logger.ts";
import { keyChangeFinding } from "../detectors/key-change.ts";
import type { Clock } from "../model/clock.ts";
import type { KeyChangeFinding } from "../model/finding.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import type { ProbeOutcome } from "../model/probe/probe.ts";
import { ANYTHING, objectOf, type ShapeFault } from "../model/shape/shape.ts";
import { ORGANISATION_SHAPE } from "../engine/record/organisation-shape.ts";
import { rememberChecks } from "./remembered-checks.ts";
import { openSnapshotLooks } from "./snapshot-looks.ts";
import { startCollectors, type Collectors } from "./collectors.ts";
import type { LiveDetection } from "../live/live-detection.ts";

export interface OrganisationOptions {
  readonly config: Config;
  readonly target: FollowTarget;
  readonly logger: Logger;
  readonly detection: LiveDetection;
  /** Result of `dump()` before the restart; null at the first start. */
  readonly kept: unknown;
  readonly clock: Clock;
}

/** `outcomes`: new results. `proofs`: what all last results prove about checks; requested when checks are evaluated. */
export interface ProbeNews {
  readonly outcomes: readonly ProbeOutcome[];
  readonly proofs: () => readonly ProbeProof[];
}

/** The daemon's knowledge of the organisation, and the sources that update it. */
export interface Organisation {
  /** Applies new snapshots and events. Called after each poll. */
  readonly refresh: () => Promise<void>;
  /** Applies the probe's results since the last call. */
  readonly learnProbed: (news: ProbeNews) => void;
  readonly state: () => OrganisationState;
  readonly metrics: () => MetricValue[];
  /** For one server: its performance counters and lost events. */
  readonly serverMetrics: (server: string) => MetricValue[];
  readonly exporterMetrics: () => MetricValue[];
  readonly keyChanges: () => readonly KeyChangeFinding[];
  readonly exposure: () => ExposureStatus;
  readonly compliance: () => ComplianceStatus | null;
  /** Since when the snapshot folder has not answered (Unix ms); null if it answers. */
  readonly snapshotsSilentSinceMs: () => number | null;
  readonly dump: () => unknown;
  readonly stop: () => Promise<void>;
}

interface Kept {
  readonly state: OrganisationState;
  readonly collectors: unknown;
}

function openFolder(
  configured: string | null | undefined,
  target: OrganisationOptions["target"],
): SnapshotFolder | null {
  if (configured !== null && configured !== undefined) return openSnapshotFolder(() => Promise.resolve(configured));
  return target.kind === "farm" ? openSnapshotFolder(() => farmSnapshotFolder(target.folder)) : null;
}

export async function startOrganisation(options: OrganisationOptions): Promise<Organisation> {
  const { config, target, logger, detection, clock } = options;
  const kept = keptOf(options.kept, () => {
    logger.warn("Snapshot in the state record is invalid, the next one replaces it");
  });
  let state = kept?.state ?? NOTHING_KNOWN;
  let proofs: () => readonly ProbeProof[] = () => [];
  let notesSeen = new Set<string>();
  const resultsOf = rememberChecks();
  const folder = openFolder(config.snapshots, target);
  const apply = (update: OrganisationUpdate): void => {
    state = stepOrganisation(state, update);
    learnFacts(detection.engine, factsOf(state));
  };
  learnFacts(detection.engine, factsOf(state));
  const collectors: Collectors = startCollectors({
    config,
    target,
    logger,
    detection,
    apply,
    snapshot: () => state.snapshot,
    kept: kept?.collectors,
    clock,
  });
  const looks =
    folder === null
      ? null
      : openSnapshotLooks({ folder, logger, clock, onSnapshot: (snapshot) => apply({ kind: "snapshot", snapshot }) });

  function takeEvents(): void {
    const seen = new Set<string>();
    for (const server of detection.engine.servers) {
      for (const note of server.authAdminEvents) {
        const key = `${server.name} ${note.atMs} ${note.label}`;
        seen.add(key);
        if (notesSeen.has(key)) continue;
        const row = {
          kind: "event" as const,
          atMs: note.atMs,
          eventKey: 0,
          label: note.label,
          event: { fact: "auth_admin" as const, name: note.name },
        };
        for (const observation of observeEvent(row)) apply({ kind: "event", observation });
        if (note.name === "auth_admin_completed") apply({ kind: "auth_admin_run", atMs: note.atMs });
      }
    }
    notesSeen = seen;
  }

  const isInMaintenance = createMaintenanceLook();
  const withGaps = (): OrganisationState => ({
    ...state,
    proofs: proofs(),
    logGaps: logGapsOf(detection.follower.stats()),
  });
  await looks?.lookIfDue();
  return {
    refresh: async () => {
      await looks?.lookIfDue();
      takeEvents();
    },
    learnProbed: ({ outcomes, proofs: proven }) => {
      proofs = proven;
      const before = state;
      const next = stepOrganisation(before, { kind: "probe", outcomes });
      if (next === before) return;
      state = next;
      learnFacts(detection.engine, factsOf(state));
    },
    state: () => state,
    metrics: () => {
      const [now, nowMs] = [withGaps(), clock.wall()];
      return organisationMetrics(now, nowMs, resultsOf(now, nowMs));
    },
    serverMetrics: (server) => [
      ...collectors.serverMetrics(server),
      ...maintenanceMetrics(isInMaintenance(state.snapshot, server, clock.wall())),
    ],
    exporterMetrics: collectors.exporterMetrics,
    keyChanges: () => state.changes.map(keyChangeFinding),
    exposure: () => exposureStatus(state),
    compliance: () => complianceStatus(withGaps(), resultsOf(withGaps(), clock.wall())),
    snapshotsSilentSinceMs: () => looks?.silentSinceMs() ?? null,
    dump: (): Kept => ({ state, collectors: collectors.dump() }),
    stop: collectors.stop,
  };
}

function maintenanceMetrics(is: boolean | null): MetricValue[] {
  return is === null ? [] : [{ kind: "value", metric: "hma_server_in_maintenance", labels: {}, value: is ? 1 : 0 }];
}

/** The first invalid value in the organisation's part of the state record, with its path; null if all is valid. */
export function faultOfKept(kept: unknown): ShapeFault | null {
  if (kept === null) return null;
  return objectOf<{ state: unknown; collectors: unknown }>({
    state: ORGANISATION_SHAPE,
    collectors: ANYTHING,
  }).faultOf(kept, "organisation");
}

/**
 * The stored state. Its snapshot is dropped if it lacks parts (an older version wrote it) or cannot be evaluated: the next one follows
 * soon.
 */
function keptOf(kept: unknown, onOddSnapshot: () => void): Kept | null {
  if (!isKept(kept)) return null;
  const state = { ...NOTHING_KNOWN, ...kept.state, logGaps: [], proofs: [] };
  if (state.snapshot === null || isUsable(state)) return { ...kept, state };
  onOddSnapshot();
  return { ...kept, state: { ...state, snapshot: null } };
}

function isUsable(state: OrganisationState): boolean {
  if (state.snapshot?.scope === undefined) return false;
  try {
    return organisationMetrics(state, 0).every((one) => one.kind !== "value" || Number.isFinite(one.value));
  } catch {
    return false;
  }
}

function isKept(kept: unknown): kept is Kept {
  return kept !== null && faultOfKept(kept) === null;
}

function exposureStatus(state: OrganisationState): ExposureStatus {
  const { count, sinceMs } = exposureOf(state);
  if (state.snapshot === null) return { kind: "unknown", because: "no snapshot of the organisation has been seen" };
  if (count === null) return { kind: "unknown", because: "the published keys or the keys trusted in AD are not known" };
  return count > 0
    ? { kind: "exposed", missingKeys: count, since: sinceMs === null ? null : new Date(sinceMs).toISOString() }
    : { kind: "safe" };
}

function complianceStatus(state: OrganisationState, results: readonly CheckResult[]): ComplianceStatus | null {
  const atMs = state.snapshot?.atMs ?? null;
  return results.length === 0 ? null : { at: atMs === null ? null : new Date(atMs).toISOString(), results };
}
