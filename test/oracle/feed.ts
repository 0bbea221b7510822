import { createEngine, LIVE_LIMITS, type Engine } from "../../src/engine/create-engine.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { advance, notePresent } from "../../src/engine/engine.ts";
import { restoreEngine } from "../../src/engine/engine-state.ts";
import { dumpEngine } from "../engine/dump-engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import type { ParsedFile } from "./parsed-rows.ts";
import type { Dice } from "./random-farm.ts";

const OPTIONS = { rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" } as const;
const POLL_MS = 15_000;

/** A row and the wall-clock time at which the reader gets it. */
export interface Arrival {
  readonly file: ParsedFile;
  readonly index: number;
  readonly atMs: number;
}

/** Returns the arrivals of all rows of a farm. */
export type Order = (files: readonly ParsedFile[], dice: Dice) => Arrival[];

export function arrivals(
  files: readonly ParsedFile[],
  arrivesMs: (file: ParsedFile, rowMs: number) => number,
): Arrival[] {
  return files.flatMap((file) => {
    let lastMs = 0;
    return file.rows.map(({ row }, index) => {
      // A file is read in order.
      lastMs = Math.max(lastMs, arrivesMs(file, row.atMs));
      return { file, index, atMs: lastMs };
    });
  });
}

export function endOf(files: readonly ParsedFile[]): number {
  return Math.max(0, ...files.flatMap(({ rows }) => rows.map(({ row }) => row.atMs)));
}

export interface Feeding {
  readonly dice: Dice;
  readonly restarts: number;
  /** Called before each step of the engine's clock with the time of that step, Unix ms. */
  readonly beforeStep?: (engine: Engine, nowMs: number) => void;
}

/** An engine like the daemon's, fed with the files in that order, and then with more than half an hour without rows. */
export function feed(
  files: readonly ParsedFile[],
  order: Order,
  { dice, restarts, beforeStep = () => undefined }: Feeding,
): Engine {
  let engine = createEngine(OPTIONS);
  const rows = order(files, dice).sort((a, b) => a.atMs - b.atMs);
  const noteFiles = (): void => {
    for (const { server, log, path, rows: mine } of files)
      notePresent(engine, server, { log, file: { fileKey: mine[0]?.position.fileKey ?? 0, path } });
  };
  noteFiles();
  const restartAt = new Set(Array.from({ length: restarts }, () => dice.between(0, rows.length)));
  let pollMs = rows[0]?.atMs ?? 0;
  for (const [number, { file, index, atMs }] of rows.entries()) {
    if (restartAt.has(number)) {
      engine = restoreEngine(OPTIONS, dumpEngine(engine));
      noteFiles();
    }
    while (pollMs + POLL_MS <= atMs) {
      pollMs += POLL_MS;
      beforeStep(engine, pollMs);
      advance(engine, pollMs, pollMs);
    }
    const one = file.rows[index];
    if (one !== undefined)
      acceptRow(engine, { server: file.server, row: one.row, position: one.position, clockMs: atMs });
  }
  for (let minute = 0; minute < 40; minute++) {
    pollMs += 60_000;
    beforeStep(engine, pollMs);
    advance(engine, pollMs, pollMs);
  }
  return engine;
}

/** Requests, loops, incidents and recycles from the counters. */
export function countersOf(engine: Engine, nowMs: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const server of engine.servers) {
    for (const value of serverMetrics(viewAt(engine, nowMs), server)) {
      if (value.kind !== "value" || !value.metric.endsWith("_total")) continue;
      counts[`${server.name} ${value.metric} ${JSON.stringify(value.labels)}`] = value.value;
    }
  }
  return counts;
}

/** Requests by result. */
export function resultsOf(engine: Engine): Record<string, number> {
  const results: Record<string, number> = {};
  for (const [key, count] of Object.entries(countersOf(engine, Infinity))) {
    const result = /hma_requests_total .*"result":"(\w+)"/.exec(key)?.[1];
    if (result !== undefined) results[result] = (results[result] ?? 0) + count;
  }
  return results;
}
