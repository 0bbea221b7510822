import { describe, expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS } from "../../src/engine/create-engine.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { advance, notePresent } from "../../src/engine/engine.ts";
import { restoreEngine } from "../../src/engine/engine-state.ts";
import { dumpEngine } from "./dump-engine.ts";
import {
  clientOf,
  incidentOf,
  loopOf,
  runOf,
  storedLoop,
  storedRun,
  type StoredRun,
} from "../../src/engine/stored-records.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { requestRow, T0 } from "./rows.ts";

const RUN: StoredRun = {
  startMs: 1,
  firstPlace: { fileKey: 7, offset: 8 },
  lastPlace: { fileKey: 7, offset: 9 },
  lastRefusalMs: 2,
  outcome: null,
  endMs: 2,
  rejections: 4,
  backEnd: 1,
  categories: { invalid_signature: 4 },
  protocol: "ews",
  isLoop: true,
  servedBefore: true,
  early: null,
};

describe("the state record", () => {
  test("contains a refused client with the field names of version 0.1.0", () => {
    const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" });
    notePresent(engine, "EX01", { log: { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" } });
    for (let index = 0; index < 24; index++) {
      const atMs = T0 + index * 30_000;
      const row = requestRow("http_proxy", atMs, { status: 401, category: "invalid_signature", id: `r${index}` });
      acceptRow(engine, { server: "EX01", row, position: { fileKey: 1, offset: index * 100 }, clockMs: atMs });
      advance(engine, atMs, atMs);
    }
    const { requests, tracks } = dumpEngine(engine);
    const [track] = tracks;
    expect(requests.heads).toHaveLength(1);
    expect(requests.open).toHaveLength(24);
    expect(Object.keys(track ?? {}).sort()).toEqual([
      "base",
      "client",
      "entries",
      "key",
      "pool",
      "servedBefore",
      "wasServed",
    ]);
    expect(track?.base).toMatchObject({
      refusals: { firstPlace: { fileKey: 1, offset: 0 }, backEnd: 0 },
      asking: null,
    });
    expect(track?.entries[0]).toHaveProperty("takenAtMs");
    const dump = JSON.stringify(dumpEngine(engine));
    expect(JSON.stringify(dumpEngine(restoreEngine(engine.options, JSON.parse(dump))))).toBe(dump);
  });

  test("is restored with the same meaning, including an incident without rows", () => {
    const run = runOf(RUN, true);
    expect(run).toMatchObject({ firstPosition: RUN.firstPlace, lastPosition: RUN.lastPlace, backEndRejections: 1 });
    expect(storedRun(run)).toEqual(RUN);
    const loop = { trackKey: 5, client: 6, wasServed: true, span: RUN };
    expect(storedLoop(loopOf(loop))).toEqual(loop);
    const { servedBefore: _, early: __, ...oldRun } = RUN;
    const client = { key: 1, pool: 2, client: 3, wasServed: true, entries: [] };
    const base = { ...oldRun, lastRequestMs: 3 };
    expect(clientOf({ ...client, base })).toMatchObject({
      identity: 3,
      servedBefore: true,
      base: { lastRequestMs: 3, refusals: { startMs: 1, servedBefore: true, early: null }, asking: null },
    });
    const incident = { server: "EX01", cause: "other" } as unknown as Parameters<typeof incidentOf>[0];
    expect(incidentOf(incident).rows).toEqual([]);
  });
});
