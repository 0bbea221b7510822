import { describe, expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS, type Engine } from "../../src/engine/create-engine.ts";
import { acceptRow, advance, notePresent } from "../../src/engine/engine.ts";
import { dumpEngine, restoreEngine, type EngineDump } from "../../src/engine/engine-state.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { foundIn, wantedOf } from "./comparable.ts";
import { judgeFarm } from "./oracle.ts";
import { parsedFile, type ParsedFile } from "./parsed-rows.ts";
import { diceOf, randomFarm, type Dice } from "./random-farm.ts";
import { writtenFiles } from "./write-farm.ts";

/** The long form: HMA_SOAK=1, or ORACLE_SEEDS seeds from ORACLE_FIRST on. */
const SEEDS = Number(process.env["ORACLE_SEEDS"] ?? (process.env["HMA_SOAK"] === "1" ? 200 : 4));
const FIRST = Number(process.env["ORACLE_FIRST"] ?? 1);
const OPTIONS = { rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" } as const;
const POLL_MS = 15_000;

/** A row and the instant of the wall clock at which the reader gets it. */
interface Arrival {
  readonly file: ParsedFile;
  readonly index: number;
  readonly atMs: number;
}

type Order = (files: readonly ParsedFile[], dice: Dice) => Arrival[];

function arrivals(files: readonly ParsedFile[], arrivesMs: (file: ParsedFile, rowMs: number) => number): Arrival[] {
  return files.flatMap((file) => {
    let lastMs = 0;
    return file.rows.map(({ row }, index) => {
      // A file is read forward.
      lastMs = Math.max(lastMs, arrivesMs(file, row.atMs));
      return { file, index, atMs: lastMs };
    });
  });
}

function endOf(files: readonly ParsedFile[]): number {
  return Math.max(0, ...files.flatMap(({ rows }) => rows.map(({ row }) => row.atMs)));
}

const ORDERS: Readonly<Record<string, Order>> = {
  "as they are written": (files) => arrivals(files, (_, rowMs) => rowMs + 1_000),
  "file by file": (files) => arrivals(files, () => endOf(files) + 1_000),
  "file by file, the last first": (files) => arrivals([...files].reverse(), () => endOf(files) + 1_000),
  "IIS a minute late, by the buffer": (files) =>
    arrivals(files, ({ log }, rowMs) =>
      log.format === "iis" ? Math.ceil((rowMs + 2_000) / 60_000) * 60_000 : rowMs + 500,
    ),
  "each file late by its own": (files, dice) => {
    const lates = new Map(files.map((file) => [file, dice.between(0, 95_000)]));
    return arrivals(files, (file, rowMs) => rowMs + (lates.get(file) ?? 0));
  },
};

function feed(
  files: readonly ParsedFile[],
  order: Order,
  { dice, restarts }: { dice: Dice; restarts: number },
): Engine {
  let engine = createEngine(OPTIONS);
  const rows = order(files, dice).sort((a, b) => a.atMs - b.atMs);
  const noteFiles = (): void => {
    for (const { server, log, path, rows: mine } of files)
      notePresent(engine, server, log, { fileKey: mine[0]?.position.fileKey ?? 0, path });
  };
  noteFiles();
  const restartAt = new Set(Array.from({ length: restarts }, () => dice.between(0, rows.length)));
  let pollMs = rows[0]?.atMs ?? 0;
  for (const [number, { file, index, atMs }] of rows.entries()) {
    if (restartAt.has(number)) {
      engine = restoreEngine(OPTIONS, JSON.parse(JSON.stringify(dumpEngine(engine))) as EngineDump);
      noteFiles();
    }
    while (pollMs + POLL_MS <= atMs) {
      pollMs += POLL_MS;
      advance(engine, pollMs, pollMs);
    }
    const one = file.rows[index];
    if (one !== undefined) acceptRow(engine, file.server, one.row, one.position, atMs);
  }
  for (let minute = 0; minute < 40; minute++) {
    pollMs += 60_000;
    advance(engine, pollMs, pollMs);
  }
  return engine;
}

/** Results, and loops, incidents and recycles as the counters have them. */
function countersOf(engine: Engine, nowMs: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const server of engine.servers) {
    for (const value of serverMetrics(engine, server, nowMs)) {
      if (value.kind !== "value" || !value.metric.endsWith("_total")) continue;
      counts[`${server.name} ${value.metric} ${JSON.stringify(value.labels)}`] = value.value;
    }
  }
  return counts;
}

function resultsOf(engine: Engine): Record<string, number> {
  const results: Record<string, number> = {};
  for (const [key, count] of Object.entries(countersOf(engine, Infinity))) {
    const result = /hma_requests_total .*"result":"(\w+)"/.exec(key)?.[1];
    if (result !== undefined) results[result] = (results[result] ?? 0) + count;
  }
  return results;
}

describe("the same rows give the same findings, in whatever order they come", () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))("seed %i", (seed) => {
    const farm = randomFarm(seed);
    const files = writtenFiles(farm).map(parsedFile);
    const wanted = wantedOf(judgeFarm(farm));
    const afterMs = endOf(files) + 7_200_000;
    const counters: Record<string, unknown> = {};
    for (const [name, order] of Object.entries(ORDERS)) {
      for (const restarts of [0, 3]) {
        const engine = feed(files, order, { dice: diceOf(seed), restarts });
        const found = foundIn({ ...findingsOf(engine, afterMs, "", []), accounting: [] }, resultsOf(engine));
        expect({ name, restarts, ...found }).toEqual({ name, restarts, ...wanted });
        counters[`${name}, ${restarts} restarts`] = countersOf(engine, afterMs);
      }
    }
    const [first] = Object.values(counters);
    for (const [name, one] of Object.entries(counters)) expect({ name, counts: one }).toEqual({ name, counts: first });
  });
});
