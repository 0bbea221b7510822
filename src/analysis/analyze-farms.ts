import { availableParallelism } from "node:os";
import type { CheckResult } from "../checks/evaluate-checks.ts";
import type { Config } from "../config/config-schema.ts";
import { createEngine, LIVE_LIMITS, serverOf, type Engine } from "../engine/create-engine.ts";
import { acceptRow, acceptWorker } from "../engine/accept-row.ts";
import { advance, finaliseAll, learnFacts, notePresent } from "../engine/engine.ts";
import { viewAt } from "../engine/incidents/engine-view.ts";
import { findingsOf } from "../engine/incidents/findings.ts";
import {
  updatesOf,
  organisationHistory,
  type DatedUpdate,
  type OrganisationHistory,
} from "../engine/history/history-organisation.ts";
import { HistoryRecorder } from "../engine/history/history-recorder.ts";
import { historyOf, type History } from "../engine/history/history-series.ts";
import { checkResultsOf } from "../engine/organisation-state.ts";
import { acceptScanned, keepServed, protocolsSettledByOneLog } from "../engine/scanned-requests.ts";
import type { ReportNotes } from "../report/report-model.ts";
import { rowsRead } from "../reading/ledger.ts";
import { logGapsOf } from "../reading/read-stats.ts";
import { readFarm, type FarmReading } from "../reading/once/read-farm.ts";
import type { RowSink } from "../reading/row-sink.ts";
import type { Findings } from "../model/finding.ts";
import { PROTOCOLS, RESULTS, SCHEMES } from "../model/label-values.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import { UNREADABLE_REASONS, type WindowsEventRow } from "../model/row.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { readFarmSnapshots } from "./farm-snapshots.ts";
import type { SnapshotReading } from "../exchange/snapshot-folder.ts";
import { logKnowledge } from "../reading/configured-knowledge.ts";
import type { LogKnowledge } from "../reading/log-knowledge.ts";
import { readingThreads } from "./start-reading-thread.ts";

export interface AnalysisOptions {
  readonly farms: readonly string[];
  readonly config: Config;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Whether to keep counts with their times, from which a history is made. */
  readonly keepsHistory?: boolean;
  /**
   * Number of threads. 1: only this one. Otherwise this thread joins and judges the rows that the others read. Default: one per core for
   * large inputs. The findings do not depend on it.
   */
  readonly threads?: number;
  /** Key of the clients' pseudonyms. Default: a new key for this run, so that nobody can trace a report back to a client. */
  readonly secret?: string;
}

export interface Analysis {
  readonly findings: Findings;
  readonly notes: ReportNotes;
  readonly reading: FarmReading;
  /** Null if it was not requested, or no row was read. */
  readonly history: History | null;
  /** Results of the checks on the newest snapshot, at its time; empty without snapshots. */
  readonly compliance: { readonly at: string | null; readonly results: readonly CheckResult[] };
}

/** Limits for `analyze`: findings are its result, so none are dropped. */
const ALL_FINDINGS = { pastIncidents: 1_000_000, pastLoops: 5_000_000 } as const;

/** Reads the farms once and judges their rows. Rejects if a farm cannot be listed, or with the signal's reason. */
export async function analyzeFarms(options: AnalysisOptions): Promise<Analysis> {
  const { config, farms } = options;
  const recorder = options.keepsHistory === true ? new HistoryRecorder() : null;
  const engine = createEngine({
    rules: { loop: config.loop, incident: config.incident },
    limits: {
      ...LIVE_LIMITS,
      openRequests: config.limits.openRequests,
      refusedClients: config.limits.clients,
      ...ALL_FINDINGS,
    },
    mode: "history",
    ...(recorder === null ? {} : { onCount: recorder.listener }),
  });
  let read: SnapshotReading = { snapshots: [], faults: [] };
  const learning = createLearning(engine, () => read.snapshots);
  const reading = await readFarm({
    farms,
    knowledge: await knowledgeOf(config),
    sink: historySink(engine, learning, recorder),
    beforeRows: async () => {
      read = await readFarmSnapshots(farms);
    },
    ...(options.sinceMs === undefined ? {} : { sinceMs: options.sinceMs }),
    ...(options.untilMs === undefined ? {} : { untilMs: options.untilMs }),
    threads: { countFor: (bytes) => (options.threads ?? usualThreads(bytes)) - 1, start: readingThreads(config) },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  for (const server of reading.servers) serverOf(engine, server);
  learning.refresh();
  recorder?.observe(engine, Infinity);
  finaliseAll(engine);
  const news = learning.news();
  const organisation = learning.history();
  // node:crypto is loaded only when a key is needed.
  const secret =
    options.secret ?? ((): string => process.getBuiltinModule("node:crypto").randomBytes(32).toString("hex"));
  const found = findingsOf(viewAt(engine, Number.MAX_SAFE_INTEGER), { secret, keyChanges: organisation.keyChanges });
  const judgedMs = organisation.state.snapshot?.atMs ?? null;
  return {
    findings: { ...found, accounting: reading.accounts },
    notes: {
      ...notesOf(engine, reading),
      errors: [...reading.errors, ...read.faults].map((error) => error.message),
      snapshots: read.snapshots.length,
    },
    reading,
    history: recorder === null ? null : historyOf({ engine, recorder, news }),
    compliance:
      judgedMs === null
        ? { at: null, results: [] }
        : {
            at: new Date(judgedMs).toISOString(),
            results: checkResultsOf({ ...organisation.state, logGaps: logGapsOf(reading.stats) }, judgedMs),
          },
  };
}

async function knowledgeOf(config: Config): Promise<LogKnowledge> {
  const { agents } = config.noise;
  if (agents.length === 0) return logKnowledge(config, []);
  const { agentPatterns } = await import("../sources/noise/agent-pattern.ts");
  return logKnowledge(config, agentPatterns(agents));
}

/** Smaller inputs are read faster without starting threads. */
const MIN_SHARED_BYTES = 64 * 1024 * 1024;
/** More threads do not help, because one thread joins and judges all rows. */
const MAX_THREADS = 8;

function usualThreads(bytes: number): number {
  return bytes < MIN_SHARED_BYTES ? 1 : Math.min(availableParallelism(), MAX_THREADS);
}

/** Facts on the organisation from snapshots and events, passed to the engine before it judges. */
interface Learning {
  readonly event: (row: WindowsEventRow) => void;
  readonly refresh: () => void;
  readonly news: () => readonly DatedUpdate[];
  /** The state after all updates so far. */
  readonly history: () => OrganisationHistory;
}

/** `snapshots`: those that were read, asked for with the first row. */
function createLearning(engine: Engine, snapshots: () => readonly Snapshot[]): Learning {
  const events = new Map<number, WindowsEventRow>();
  let known: OrganisationHistory | null = null;
  const news = (): readonly DatedUpdate[] => updatesOf(snapshots(), [...events.values()]);
  const history = (): OrganisationHistory => (known ??= organisationHistory(news()));
  return {
    event: (row) => {
      if (row.event.fact !== "auth_admin" || events.has(row.eventKey)) return;
      events.set(row.eventKey, row);
      known = null;
    },
    refresh: () => {
      learnFacts(engine, history().facts);
    },
    news,
    history,
  };
}

function historySink(engine: Engine, learning: Learning, recorder: HistoryRecorder | null): RowSink {
  return {
    present: (server, log, file) => {
      notePresent(engine, server, { log, file });
    },
    row: (server, row, position) => {
      if (row.kind === "event") learning.event(row);
      if (row.kind === "worker") acceptWorker(engine, { server, row, clockMs: row.atMs });
      else acceptRow(engine, { server, row, position, clockMs: 0 });
    },
    protocolsSettledByOneLog: (server, log) => protocolsSettledByOneLog(engine, server, log),
    keeping: (server, memory) => keepServed(engine, server, memory),
    scanned: (server, rows, position) => {
      acceptScanned(engine, { server, rows, position });
    },
    advance: (watermarkMs) => {
      // Events are read before all other logs, so this happens once.
      learning.refresh();
      advance(engine, watermarkMs, watermarkMs);
      recorder?.observe(engine, watermarkMs);
    },
  };
}

function notesOf(engine: Engine, reading: FarmReading): Omit<ReportNotes, "errors" | "snapshots"> {
  const requests: Record<string, number> = {};
  for (const server of engine.servers) {
    for (let slot = 0; slot < PROTOCOLS.length * SCHEMES.length * RESULTS.length; slot++) {
      const count = server.requests[slot] ?? 0;
      const result = RESULTS[slot % RESULTS.length];
      if (count > 0 && result !== undefined) requests[result] = (requests[result] ?? 0) + count;
    }
  }
  return {
    requests,
    logGaps: logGapsOf(reading.stats),
    showsWorkers: reading.stats.some(({ format, ledger }) => LOG_SOURCES[format].showsWorkers && rowsRead(ledger) > 0),
    bytes: reading.accounts.reduce((sum, file) => sum + file.bytes, 0),
    unreadableLines: reading.stats.reduce(
      (sum, stats) =>
        sum + UNREADABLE_REASONS.reduce((lines, _, index) => lines + (stats.ledger.unreadable[index] ?? 0), 0),
      0,
    ),
  };
}
