import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COLLECTORS, type CollectorName } from "../../src/catalogue/switches.ts";
import type { Config } from "../../src/config/config-schema.ts";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { startCollectors, type Collectors } from "../../src/collectors/collectors.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { startLiveDetection, type LiveDetection } from "../../src/live/live-detection.ts";
import {
  NOTHING_KNOWN,
  organisationMetrics,
  stepOrganisation,
  type OrganisationState,
} from "../../src/engine/organisation-state.ts";
import type { RunLimit } from "../../src/exchange/run-allowance.ts";
import type { FollowTarget } from "../../src/follow/follow-options.ts";
import type { Logger } from "../../src/logging/open-logger.ts";
import type { MetricValue } from "../../src/model/metric-value.ts";
import { clockOf } from "../model/test-clock.ts";

const EVERY_MS = 1_500;

export interface CollectorsAtWork {
  readonly collectors: Collectors;
  readonly detection: LiveDetection;
  readonly state: () => OrganisationState;
  /** Log lines of level warning or above as `sentence: fields`. */
  readonly warnings: readonly string[];
  /** Log lines of level info as `sentence: fields`. */
  readonly notices: readonly string[];
  /** Value of a series; null if it is absent. Label values in the catalogue's order. */
  readonly value: (metric: string, ...labels: readonly string[]) => number | null;
  readonly close: () => Promise<void>;
}

export interface FixtureOptions {
  readonly powershell?: string | null;
  readonly keys?: boolean;
  readonly kept?: unknown;
  readonly state?: OrganisationState;
  readonly now?: () => number;
  /** Default: more snapshots than a test needs. */
  readonly snapshotLimit?: RunLimit;
  /** Collectors that run again at once; the others wait for an hour. Default: all. */
  readonly soon?: readonly ("snapshot" | "events" | "workers" | "counters")[];
  /** `collectors.enabled`; default: all. */
  readonly enabled?: readonly CollectorName[];
}

/** Collectors on a server EX01 without logs, with short intervals. */
export async function startCollecting({
  powershell = null,
  keys = false,
  kept = null,
  state: initial = NOTHING_KNOWN,
  now = Date.now,
  enabled = COLLECTORS,
  soon = ["snapshot", "events", "workers", "counters"],
  snapshotLimit = { runs: 10_000, periodMs: 3_600_000 },
}: FixtureOptions): Promise<CollectorsAtWork> {
  const folder = await mkdtemp(join(tmpdir(), "hma-collectors-"));
  const { collect } = DEFAULT_CONFIG;
  const every = (name: (typeof soon)[number]): number => (soon.includes(name) ? EVERY_MS : 3_600_000);
  const config: Config = {
    ...DEFAULT_CONFIG,
    collectors: { enabled },
    keys: { ...DEFAULT_CONFIG.keys, enabled: keys, everyMs: EVERY_MS, timeoutMs: 10_000 },
    collect: {
      ...collect,
      powershell,
      timeoutMs: 120_000,
      snapshotMs: every("snapshot"),
      eventsMs: every("events"),
      workersMs: every("workers"),
      countersMs: every("counters"),
    },
    follow: { ...DEFAULT_CONFIG.follow, lookbackMs: 30 * 86_400_000 },
  };
  const target: FollowTarget = { kind: "roots", roots: [{ server: "EX01", folders: [] }] };
  const detection = startLiveDetection({ live: fixedConfig(config), target, record: null, clock: clockOf(now) });
  const warnings: string[] = [];
  const notices: string[] = [];
  const into =
    (lines: string[]) =>
    (sentence: string, fields: unknown = {}): void => {
      lines.push(`${sentence}: ${JSON.stringify(fields)}`);
    };
  const silent = (): void => undefined;
  const logger: Logger = {
    debug: silent,
    info: into(notices),
    warn: into(warnings),
    error: into(warnings),
    setLevel: silent,
    close: () => Promise.resolve(),
  };
  let state = initial;
  const collectors = startCollectors({
    config,
    target,
    logger,
    detection,
    kept,
    clock: clockOf(now),
    snapshotLimit,
    snapshot: () => state.snapshot,
    apply: (update) => {
      state = stepOrganisation(state, update);
    },
  });
  const values = (): readonly MetricValue[] => [
    ...collectors.serverMetrics("EX01"),
    ...collectors.exporterMetrics(),
    ...organisationMetrics(state, now()),
  ];
  return {
    collectors,
    detection,
    state: () => state,
    warnings,
    notices,
    value: (metric, ...labels) => {
      const found = values().find((one) => one.metric === metric && Object.values(one.labels).join() === labels.join());
      return found?.kind === "value" ? found.value : null;
    },
    close: async () => {
      await collectors.stop();
      await detection.follower.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
