import { randomBytes } from "node:crypto";
import type { Config } from "../config/config-schema.ts";
import { acceptRow, acceptWorker, advance, createEngine, finish, LIVE_LIMITS, notePresent, serverOf, type Engine } from "../engine/engine.ts";
import { findingsOf } from "../engine/findings.ts";
import type { CountListener } from "../engine/counters.ts";
import type { ReportNotes } from "../exposition/report-text.ts";
import { readFarm, type FarmReading } from "../follow/read-farm.ts";
import type { RowSink } from "../follow/row-sink.ts";
import type { Findings } from "../model/finding.ts";
import { PROTOCOLS, RESULTS, SCHEMES } from "../model/label-values.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import { logKnowledge } from "./log-knowledge.ts";

export interface AnalysisOptions {
  readonly farms: readonly string[];
  readonly config: Config;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  readonly onCount?: CountListener;
}

export interface Analysis {
  readonly findings: Findings;
  readonly notes: ReportNotes;
  readonly engine: Engine;
  readonly reading: FarmReading;
}

/** Of findings nothing is dropped: they are what was asked for. */
const ALL_FINDINGS = { pastIncidents: 1_000_000, pastLoops: 5_000_000 } as const;

/** Reads the farms once and judges what is there. Rejects when a farm cannot be listed, and with the signal's reason. */
export async function analyzeFarms(options: AnalysisOptions): Promise<Analysis> {
  const { config, farms } = options;
  const engine = createEngine({
    rules: { loop: config.loop, incident: config.incident },
    limits: { ...LIVE_LIMITS, openRequests: config.limits.openRequests, tracks: config.limits.clients, ...ALL_FINDINGS },
    mode: "history",
    ...(options.onCount === undefined ? {} : { onCount: options.onCount }),
  });
  const reading = await readFarm({
    farms,
    knowledge: logKnowledge(config),
    sink: historySink(engine),
    ...(options.sinceMs === undefined ? {} : { sinceMs: options.sinceMs }),
    ...(options.untilMs === undefined ? {} : { untilMs: options.untilMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  for (const server of reading.servers) serverOf(engine, server);
  finish(engine);
  // Pseudonyms of one run: nothing is kept that would lead from a report to a client.
  const secret = randomBytes(32).toString("hex");
  const found = findingsOf(engine, Number.MAX_SAFE_INTEGER, secret, []);
  return { findings: { ...found, accounting: reading.accounts }, notes: notesOf(engine, reading), engine, reading };
}

function historySink(engine: Engine): RowSink {
  return {
    present: (server, place) => { notePresent(engine, server, place); },
    row: (server, row, place) => {
      if (row.kind === "worker") acceptWorker(serverOf(engine, server), row, row.atMs);
      else acceptRow(engine, server, row, place, 0);
    },
    advance: (watermarkMs) => { advance(engine, watermarkMs, watermarkMs); },
  };
}

function notesOf(engine: Engine, reading: FarmReading): ReportNotes {
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
    bytes: reading.accounts.reduce((sum, file) => sum + file.bytes, 0),
    unreadableLines: reading.stats.reduce((sum, stats) => sum + UNREADABLE_REASONS.reduce((lines, _, index) => lines + (stats.ledger.unreadable[index] ?? 0), 0), 0),
    errors: reading.errors.map((error) => error.message),
  };
}
