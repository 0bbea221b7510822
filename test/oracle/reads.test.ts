import { afterAll, describe, expect, test } from "@jest/globals";
import type { Engine } from "../../src/engine/create-engine.ts";
import { dumpEngine } from "../engine/dump-engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { findingsOf, incidentsOfServer, rawRowsOf } from "../../src/engine/incidents/findings.ts";
import { arrivals, feed } from "./feed.ts";
import { parsedFile } from "./parsed-rows.ts";
import { diceOf, randomFarm } from "./random-farm.ts";
import { writtenFiles } from "./write-farm.ts";

const SEEDS = Array.from({ length: process.env["HMA_SOAK"] === "1" ? 50 : 2 }, (_, index) => 2 + index);
const HOUR_MS = 3_600_000;

/** All reads of an engine by pages, metrics, the gate and the incident bundle. */
function readAll(engine: Engine, nowMs: number): unknown {
  const findings = findingsOf(viewAt(engine, nowMs), { secret: "secret", keyChanges: [] });
  const rows = findings.incidents.map(({ id }) => rawRowsOf(viewAt(engine, nowMs), id));
  const servers = engine.servers.map((server) => [
    serverMetrics(viewAt(engine, nowMs), server),
    incidentsOfServer(viewAt(engine, nowMs), server),
  ]);
  return { findings, rows, servers };
}

describe("reading an engine", () => {
  let incidents = 0;
  afterAll(() => {
    expect(incidents).toBeGreaterThan(0);
  });

  test.each(SEEDS)("changes nothing, and the same query gets the same answer (seed %i)", (seed) => {
    const files = writtenFiles(randomFarm(seed)).map(parsedFile);
    const order = (): ReturnType<typeof arrivals> => arrivals(files, (_, rowMs) => rowMs + 1_000);
    let steps = 0;
    const beforeStep = (engine: Engine, nowMs: number): void => {
      steps += 1;
      if (steps % 20 !== 0) return;
      const before = JSON.stringify(dumpEngine(engine));
      const first = JSON.stringify(readAll(engine, nowMs));
      // Readers with a clock that is far ahead, and with one that is behind.
      readAll(engine, nowMs + HOUR_MS);
      readAll(engine, nowMs - HOUR_MS);
      expect(JSON.stringify(readAll(engine, nowMs))).toBe(first);
      expect(JSON.stringify(dumpEngine(engine))).toBe(before);
      incidents += engine.servers.flatMap((server) => incidentsOfServer(viewAt(engine, nowMs), server)).length;
    };
    const read = feed(files, order, { dice: diceOf(seed), restarts: 0, beforeStep });
    const unread = feed(files, order, { dice: diceOf(seed), restarts: 0 });
    expect(JSON.stringify(dumpEngine(read))).toBe(JSON.stringify(dumpEngine(unread)));
  });
});
