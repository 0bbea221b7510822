import type { Config } from "../config/config-schema.ts";
import { knownServer } from "../engine/create-engine.ts";
import { acceptRow } from "../engine/accept-row.ts";
import { noteEventLog, noteProcesses } from "../engine/engine.ts";
import type { OrganisationUpdate } from "../engine/organisation-state.ts";
import { collectCounters } from "../exchange/powershell/collect-counters.ts";
import { collectEvents, type ChannelEvents, type CollectedEvents } from "../exchange/powershell/collect-events.ts";
import { collectSnapshot } from "../exchange/powershell/collect-snapshot.ts";
import { collectWorkers } from "../exchange/powershell/collect-workers.ts";
import type { PowerShellSettings } from "../exchange/powershell/powershell-settings.ts";
import type { Format } from "../model/format.ts";
import type { Logger } from "../logging/open-logger.ts";
import { textKeyOf } from "../model/text-key.ts";
import type { RunLimit } from "../exchange/run-allowance.ts";
import { rulesFor, SNAPSHOT_LIMIT, type Collector } from "./collector.ts";
import type { CollectorMemory } from "./collector-memory.ts";
import { logKnowledge } from "../reading/configured-knowledge.ts";
import { stepPerfCounts } from "./perf-divergence.ts";
import type { LiveDetection } from "../live/live-detection.ts";

export interface WindowsCollectorsOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly detection: LiveDetection;
  /** Name of this server. */
  readonly server: string;
  readonly apply: (update: OrganisationUpdate) => void;
  readonly memory: CollectorMemory;
  readonly now: () => number;
  /** Maximum number of snapshots in a period. Default: `SNAPSHOT_LIMIT`. */
  readonly snapshotLimit?: RunLimit | undefined;
}

/** Maximum number of reads in one run while channels have more events. The rest follows in the next run. */
const MAX_ROUNDS = 20;

/** The collectors that use PowerShell on an Exchange server: organisation, events, workers, counters. */
export function windowsCollectors(options: WindowsCollectorsOptions): readonly Collector[] {
  const { collect } = options.config;
  const { events } = logKnowledge(options.config, []).formats;
  return [
    {
      name: "snapshot",
      rules: rulesFor(collect.snapshotMs, options.snapshotLimit ?? SNAPSHOT_LIMIT),
      earlierStartsMs: options.memory.snapshotStartsMs,
      collect: (signal) => takeSnapshot(options, settingsOf(options, signal)),
    },
    {
      name: "events",
      rules: rulesFor(collect.eventsMs),
      collect: (signal) => takeEvents({ ...options, format: events }, settingsOf(options, signal)),
    },
    {
      name: "workers",
      rules: rulesFor(collect.workersMs),
      collect: (signal) => takeWorkers(options, settingsOf(options, signal)),
    },
    {
      name: "counters",
      rules: rulesFor(collect.countersMs),
      collect: (signal) => takeCounters(options, settingsOf(options, signal)),
    },
  ];
}

function settingsOf({ config: { collect } }: WindowsCollectorsOptions, signal: AbortSignal): PowerShellSettings {
  return {
    timeoutMs: collect.timeoutMs,
    signal,
    ...(collect.powershell === null ? {} : { executable: collect.powershell }),
  };
}

async function takeSnapshot(
  { config, apply, logger, now }: WindowsCollectorsOptions,
  settings: PowerShellSettings,
): Promise<void> {
  const { server } = config.collect;
  const { snapshot, faults } = await collectSnapshot(settings, {
    ownServer: true,
    ...(server === null ? {} : { server }),
  });
  // A snapshot that contains only errors would replace one with data.
  if (snapshot.organizationConfig === null && snapshot.authServers === null) {
    throw new Error(
      `Cannot collect the organisation: ${snapshot.errors[0]?.text ?? "the snapshot contains no data of it"}`,
    );
  }
  for (const { part, text } of snapshot.errors) logger.debug("Snapshot collected in part", { part, error: text });
  for (const { path, text } of faults) logger.debug("Snapshot read in part", { path, error: text });
  apply({ kind: "snapshot", snapshot: snapshot.atMs === null ? { ...snapshot, atMs: now() } : snapshot });
}

interface EventsOptions extends WindowsCollectorsOptions {
  /** Parses the events of a channel, with the configured meanings of event ids. */
  readonly format: Format;
}

/** A channel that cannot be read is logged. The collection fails only if no channel can be read. */
async function takeEvents(options: EventsOptions, settings: PowerShellSettings): Promise<void> {
  const { config, memory, logger } = options;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const collected: CollectedEvents = await collectEvents(memory.bookmarks, settings, {
      lookbackMs: config.follow.lookbackMs,
    });
    for (const channel of collected.channels) takeChannel(options, channel);
    memory.bookmarks = collected.bookmarks;
    const [failed] = collected.errors;
    if (failed !== undefined && collected.channels.length === 0)
      throw new Error(`Cannot read any event log: ${failed.part}: ${failed.text}`);
    if (round === 0)
      for (const { part, text } of collected.errors) logger.warn("Event log not read", { channel: part, error: text });
    if (!collected.channels.some(({ isCut }) => isCut)) return;
  }
}

function takeChannel(
  { format, detection, server, memory }: EventsOptions,
  { channel, lines, lostRecords }: ChannelEvents,
): void {
  memory.lostEvents += lostRecords;
  for (const [index, line] of lines.entries()) {
    const bytes = Buffer.from(line, "utf8");
    const parsed = format.parse(bytes, 0, bytes.length, null, {
      format: "events",
      protocol: null,
      isBackEnd: false,
      encoding: "utf8",
    });
    if (parsed.kind === "row")
      acceptRow(detection.engine, {
        server,
        row: parsed.row,
        position: { fileKey: textKeyOf(channel), offset: index },
        clockMs: detection.clockMs(),
      });
  }
  noteEventLog(detection.engine, server);
}

async function takeWorkers(
  { detection, server }: WindowsCollectorsOptions,
  settings: PowerShellSettings,
): Promise<void> {
  const { workers: processes } = await collectWorkers(settings);
  noteProcesses(detection.engine, server, { processes, clockMs: detection.clockMs() });
}

async function takeCounters(options: WindowsCollectorsOptions, settings: PowerShellSettings): Promise<void> {
  const collected = await collectCounters(settings);
  options.memory.perf = stepPerfCounts(options.memory.perf, collected, rejectionsByPool(options));
}

/** Number of refusals in the logs, by pool. */
function rejectionsByPool({ detection, server }: WindowsCollectorsOptions): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { metric, labels, value } of knownServer(detection.engine, server)?.counters.values() ?? []) {
    const [appPool] = labels;
    if (metric === "hma_bearer_rejections_total" && appPool !== undefined)
      sums.set(appPool, (sums.get(appPool) ?? 0) + value);
  }
  return sums;
}
