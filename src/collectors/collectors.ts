import type { Config } from "../config/config-schema.ts";
import type { OrganisationUpdate } from "../engine/organisation-state.ts";
import { startCollectorSchedule, type CollectorSchedule } from "../exchange/collector-schedule.ts";
import type { RunLimit } from "../exchange/run-allowance.ts";
import { NEVER_RUN, isStale, type CollectorState } from "../exchange/collector-state.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { Clock } from "../model/clock.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import type { Collector } from "./collector.ts";
import { enabledCollectors } from "./enabled-collectors.ts";
import { collectorMemory } from "./collector-memory.ts";
import { openKeyCollector } from "./key-collector.ts";
import { perfMetrics } from "./perf-divergence.ts";
import type { LiveDetection } from "../live/live-detection.ts";
import { windowsCollectors } from "./windows-collectors.ts";
import { reasonOf } from "../model/reason-of.ts";
import { pause } from "../reading/pause.ts";

export interface CollectorsOptions {
  readonly config: Config;
  readonly target: FollowTarget;
  readonly logger: Logger;
  readonly detection: LiveDetection;
  readonly apply: (update: OrganisationUpdate) => void;
  /** The newest snapshot, which has the URLs of the published keys. */
  readonly snapshot: () => Snapshot | null;
  /** Result of `dump()` before the restart. */
  readonly kept: unknown;
  readonly clock: Clock;
  /** Maximum number of snapshots in a period. Default: `SNAPSHOT_LIMIT`. */
  readonly snapshotLimit?: RunLimit | undefined;
}

export interface Collectors {
  readonly serverMetrics: (server: string) => MetricValue[];
  readonly exporterMetrics: () => MetricValue[];
  readonly dump: () => unknown;
  readonly stop: () => Promise<void>;
}

/** Starts the collectors that the configuration and the system permit: PowerShell on an Exchange server, the published keys everywhere. */
export function startCollectors(options: CollectorsOptions): Collectors {
  const { config, logger, clock, target } = options;
  const now = clock.wall;
  const memory = collectorMemory(options.kept);
  const server = target.kind === "roots" ? (target.roots[0]?.server ?? null) : null;
  const enabled = enabledCollectors(config);
  const keys = enabled.has("keys") ? openKeyCollector({ ...options, now }) : null;
  const windows =
    server !== null && runsPowerShell(config)
      ? windowsCollectors({ ...options, now, server, memory }).filter(({ name }) => enabled.has(name))
      : [];
  const runs = [...(keys === null ? [] : [keys]), ...windows].map((collector) =>
    startRun(collector, { logger, clock }),
  );
  const snapshots = runs.find(({ collector }) => collector.name === "snapshot");
  return {
    serverMetrics: (name) =>
      windows.length > 0 && name === server ? [...perfMetrics(memory.perf), lostMetric(memory.lostEvents)] : [],
    exporterMetrics: () => [
      ...runs.flatMap(({ collector, state }) => collectorMetrics(collector, state(), now())),
      ...(keys?.metrics() ?? []),
    ],
    dump: () => ({ ...memory, snapshotStartsMs: snapshots?.schedule.startsMs() ?? memory.snapshotStartsMs }),
    stop: async () => {
      await Promise.all(runs.map(({ schedule }) => schedule.stop()));
      await keys?.close();
    },
  };
}

function runsPowerShell({ collect }: Config): boolean {
  return process.platform === "win32" || collect.powershell !== null;
}

interface Run {
  readonly collector: Collector;
  readonly schedule: CollectorSchedule;
  readonly state: () => CollectorState;
}

/** A running collector. Repeated failures with the same message are logged as a warning once. */
function startRun(collector: Collector, { logger, clock }: Pick<CollectorsOptions, "logger" | "clock">): Run {
  let state = NEVER_RUN;
  let complaint: string | null = null;
  const schedule = startCollectorSchedule(
    {
      rules: collector.rules,
      ...(collector.hasWork === undefined ? {} : { hasWork: collector.hasWork }),
      collect: collector.collect,
      ...(collector.earlierStartsMs === undefined ? {} : { earlierStartsMs: collector.earlierStartsMs }),
      onDelay: (untilMs) => {
        logger.info("Collection delayed by its hourly limit", {
          collector: collector.name,
          until: new Date(untilMs).toISOString(),
        });
      },
      onState: (next, error) => {
        state = next;
        if (next.isRunning) return;
        const failure = error === null ? null : reasonOf(error);
        if (failure !== null)
          logger[failure === complaint ? "debug" : "warn"]("Collection failed", {
            collector: collector.name,
            error: failure,
          });
        else if (complaint !== null) logger.info("Collection works again", { collector: collector.name });
        complaint = failure;
      },
    },
    { clock, random: Math.random, sleep: pause },
  );
  return { collector, schedule, state: () => state };
}

function collectorMetrics({ name, rules }: Collector, state: CollectorState, nowMs: number): MetricValue[] {
  const { isSuccess, lastDurationMs, lastSuccessAtMs } = state;
  const add = (metric: string, value: number): MetricValue => ({
    kind: "value",
    metric,
    labels: { collector: name },
    value,
  });
  return [
    ...(isSuccess === null ? [] : [add("hma_collector_success", isSuccess ? 1 : 0)]),
    ...(lastDurationMs === null ? [] : [add("hma_collector_duration_seconds", lastDurationMs / 1000)]),
    ...(lastSuccessAtMs === null ? [] : [add("hma_collector_last_success_timestamp_seconds", lastSuccessAtMs / 1000)]),
    ...(isSuccess === null ? [] : [add("hma_collector_stale", !isSuccess || isStale(state, rules, nowMs) ? 1 : 0)]),
  ];
}

function lostMetric(value: number): MetricValue {
  return { kind: "value", metric: "hma_log_events_lost_total", labels: { format: "events" }, value };
}
