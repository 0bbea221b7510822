import { NEVER_RUN, isStale, type CollectorRules, type CollectorState } from "../exchange/collector-state.ts";
import { startCollectorSchedule, type CollectorSchedule } from "../exchange/collector-schedule.ts";
import { collectCounters } from "../exchange/powershell/collect-counters.ts";
import { collectEvents, type EventBookmarks } from "../exchange/powershell/collect-events.ts";
import { collectSnapshot } from "../exchange/powershell/collect-snapshot.ts";
import { collectWorkers } from "../exchange/powershell/collect-workers.ts";
import type { PowerShellSettings } from "../exchange/powershell/powershell-settings.ts";
import { keyPlaces, openKeySource } from "../exchange/keys/key-source.ts";
import type { Config } from "../config/config-schema.ts";
import { acceptRow, acceptWorker, serverOf } from "../engine/engine.ts";
import type { OrganisationNews } from "../engine/organisation.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { textKeyOf } from "../model/text-key.ts";
import { logKnowledge } from "./log-knowledge.ts";
import { createPerfCounts } from "./perf-divergence.ts";
import type { Watch } from "./watch.ts";

export interface CollectorsOptions {
  readonly config: Config;
  readonly target: FollowTarget;
  readonly logger: Logger;
  readonly watch: Watch;
  readonly learn: (news: OrganisationNews) => void;
  /** The newest snapshot: it says where keys are published. */
  readonly snapshot: () => Snapshot | null;
  /** What `dump()` gave before the restart. */
  readonly kept: unknown;
  readonly now: () => number;
}

export interface Collectors {
  readonly serverMetrics: (server: string) => MetricValue[];
  readonly exporterMetrics: () => MetricValue[];
  readonly dump: () => unknown;
  readonly stop: () => Promise<void>;
}

interface Collector {
  readonly name: string;
  readonly rules: CollectorRules;
  readonly collect: (signal: AbortSignal) => Promise<void>;
}

const MINUTE_MS = 60_000;
/** While no snapshot says where keys are published, the key collector looks again this soon. */
const NO_PLACES = "no snapshot says where keys are published";

/** Starts what the configuration and the system allow: PowerShell beside Exchange, the published keys anywhere. */
export function startCollectors(options: CollectorsOptions): Collectors {
  const { config, logger, now } = options;
  const states = new Map<string, CollectorState>();
  const schedules: CollectorSchedule[] = [];
  const keys = openKeySource({ proxyUrl: config.keys.proxy, timeoutMs: config.keys.timeoutMs });
  const perf = createPerfCounts();
  const events = { bookmarks: bookmarksOf(options.kept), lost: lostOf(options.kept) };
  const collectors = [
    ...(config.keys.enabled ? [keyCollector(options, keys)] : []),
    ...(runsPowerShell(options) ? powerShellCollectors(options, events, perf) : []),
  ];
  for (const collector of collectors) {
    states.set(collector.name, NEVER_RUN);
    schedules.push(startCollectorSchedule(
      {
        rules: collector.rules,
        collect: collector.collect,
        onState: (state, error) => {
          states.set(collector.name, state);
          if (error !== null) logger.warn("Collection failed", { collector: collector.name, error: error instanceof Error ? error.message : String(error) });
        },
      },
      { now, random: Math.random, sleep },
    ));
  }
  return {
    serverMetrics: (server) => (server === ownServer(options) ? [...perf.metrics(), ...lostMetric(events.lost)] : []),
    exporterMetrics: () => collectors.flatMap((collector) => collectorMetrics(collector, states.get(collector.name) ?? NEVER_RUN, now())),
    dump: () => ({ bookmarks: events.bookmarks, lost: events.lost }),
    stop: async () => {
      await Promise.all(schedules.map((schedule) => schedule.stop()));
      await keys.close();
    },
  };
}

function runsPowerShell({ config, target }: CollectorsOptions): boolean {
  return config.collect.enabled && target.kind === "roots" && (process.platform === "win32" || config.collect.powershell !== null);
}

function ownServer({ target }: CollectorsOptions): string {
  return target.kind === "roots" ? (target.roots[0]?.server ?? "") : "";
}

function keyCollector({ config, learn, snapshot, now }: CollectorsOptions, keys: ReturnType<typeof openKeySource>): Collector {
  return {
    name: "keys",
    rules: rulesFor(config.keys.everyMs),
    collect: async (signal) => {
      const known = snapshot();
      const places = known === null ? [] : keyPlaces(known);
      if (places.length === 0) throw new Error(`Cannot fetch the published keys: ${NO_PLACES}`);
      for (const place of places) learn({ kind: "published", keys: (await keys.fetch(place, now(), signal)).published });
    },
  };
}

function powerShellCollectors(options: CollectorsOptions, events: { bookmarks: EventBookmarks; lost: number }, perf: ReturnType<typeof createPerfCounts>): Collector[] {
  const { config, learn, watch, now } = options;
  const { collect } = config;
  const server = ownServer(options);
  const settings = (signal: AbortSignal): PowerShellSettings => ({ timeoutMs: collect.timeoutMs, signal, ...(collect.powershell === null ? {} : { executable: collect.powershell }) });
  const eventFormat = logKnowledge(config).formats.events;
  return [
    {
      name: "snapshot",
      rules: rulesFor(collect.snapshotMs),
      collect: async (signal) => {
        const { snapshot } = await collectSnapshot(settings(signal), collect.server === null ? {} : { server: collect.server });
        learn({ kind: "snapshot", snapshot: snapshot.atMs === null ? { ...snapshot, atMs: now() } : snapshot });
      },
    },
    {
      name: "events",
      rules: rulesFor(collect.eventsMs),
      collect: async (signal) => {
        const collected = await collectEvents(events.bookmarks, settings(signal), { lookbackMs: config.follow.lookbackMs });
        for (const { channel, lines, lostRecords } of collected.channels) {
          events.lost += lostRecords;
          lines.forEach((line, index) => {
            const bytes = Buffer.from(line, "utf8");
            const parsed = eventFormat.parse(bytes, 0, bytes.length, null, { format: "events", protocol: null, isBackEnd: false, encoding: "utf8" });
            if (parsed.kind === "row") acceptRow(watch.engine, server, parsed.row, { fileKey: textKeyOf(channel), offset: index }, now());
          });
        }
        events.bookmarks = collected.bookmarks;
        serverOf(watch.engine, server).hasEventLog = true;
        const [failed] = collected.errors;
        if (failed !== undefined) throw new Error(`Cannot read the events of ${failed.part}: ${failed.text}`);
      },
    },
    {
      name: "workers",
      rules: rulesFor(collect.workersMs),
      collect: async (signal) => {
        const collected = await collectWorkers(settings(signal));
        for (const { appPool, processId, startedAtMs } of collected.workers) {
          acceptWorker(serverOf(watch.engine, server), { kind: "worker", atMs: startedAtMs, appPool, processId }, now());
        }
      },
    },
    {
      name: "counters",
      rules: rulesFor(collect.countersMs),
      collect: async (signal) => {
        perf.take(await collectCounters(settings(signal)), rejectionsByPool(options));
      },
    },
  ];
}

function rejectionsByPool({ watch, target }: CollectorsOptions): ReadonlyMap<string, number> {
  const server = target.kind === "roots" ? target.roots[0]?.server : undefined;
  const sums = new Map<string, number>();
  if (server === undefined) return sums;
  for (const { metric, labels, value } of serverOf(watch.engine, server).counters.values()) {
    const appPool = labels[0];
    if (metric === "hma_bearer_rejections_total" && appPool !== undefined) sums.set(appPool, (sums.get(appPool) ?? 0) + value);
  }
  return sums;
}

function rulesFor(intervalMs: number): CollectorRules {
  return { intervalMs, jitter: 0.1, maxBackoffMs: Math.max(intervalMs, 30 * MINUTE_MS), staleAfterMs: intervalMs * 3 };
}

function collectorMetrics({ name, rules }: Collector, state: CollectorState, nowMs: number): MetricValue[] {
  const labels = { collector: name };
  const add = (metric: string, value: number): MetricValue => ({ kind: "value", metric, labels, value });
  return [
    ...(state.isSuccess === null ? [] : [add("hma_collector_success", state.isSuccess ? 1 : 0)]),
    ...(state.lastDurationMs === null ? [] : [add("hma_collector_duration_seconds", state.lastDurationMs / 1000)]),
    ...(state.lastSuccessAtMs === null ? [] : [add("hma_collector_last_success_timestamp_seconds", state.lastSuccessAtMs / 1000)]),
    ...(state.isSuccess === null ? [] : [add("hma_collector_stale", isStale(state, rules, nowMs) ? 1 : 0)]),
  ];
}

function lostMetric(lost: number): MetricValue[] {
  return [{ kind: "value", metric: "hma_log_events_lost_total", labels: { format: "events" }, value: lost }];
}

function bookmarksOf(kept: unknown): EventBookmarks {
  const found: Record<string, { recordId: number; atMs: number }> = {};
  if (typeof kept !== "object" || kept === null || !("bookmarks" in kept) || typeof kept.bookmarks !== "object" || kept.bookmarks === null) return found;
  for (const [channel, mark] of Object.entries(kept.bookmarks)) {
    const value: unknown = mark;
    if (typeof value === "object" && value !== null && "recordId" in value && "atMs" in value && typeof value.recordId === "number" && typeof value.atMs === "number") {
      found[channel] = { recordId: value.recordId, atMs: value.atMs };
    }
  }
  return found;
}

function lostOf(kept: unknown): number {
  return typeof kept === "object" && kept !== null && "lost" in kept && typeof kept.lost === "number" ? kept.lost : 0;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { signal.removeEventListener("abort", onAbort); resolve(); }, ms);
    function onAbort(): void {
      clearTimeout(timer);
      reject(new Error("Stopped"));
    }
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
