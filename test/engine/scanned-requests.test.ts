import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { createEngine, LIVE_LIMITS, serverOf } from "../../src/engine/create-engine.ts";
import { acceptRow, acceptWorker, advance, finaliseAll, notePresent } from "../../src/engine/engine.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { acceptScanned, protocolsSettledByOneLog } from "../../src/engine/scanned-requests.ts";
import { readFarm } from "../../src/reading/once/read-farm.ts";
import type { RowSink } from "../../src/reading/row-sink.ts";
import { classifyPath, endOfFile, startOfFile } from "../../src/sources/index.ts";
import { FORMATS } from "../sources/plain-formats.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import type { ScenarioName } from "../../src/simulator/scenarios/index.ts";

const SCENARIOS: readonly ScenarioName[] = [
  "iis-only",
  "iis-only-unexplained",
  "iis-diagnostics",
  "outlook-storm-iis-only",
  "stale-keys-crash",
  "outlook-storm",
  "backend-rejection",
  "ntlm-loops",
];

async function judge(farm: string, isShort: boolean): Promise<{ outcome: unknown; rows: number }> {
  const counted: string[] = [];
  const engine = createEngine({
    rules: DEFAULT_RULES,
    limits: LIVE_LIMITS,
    mode: "history",
    onCount: ({ server, metric, labels, atMs, amount }) => {
      counted.push([server, metric, ...labels, atMs, amount].join(" "));
    },
  });
  let rows = 0;
  const sink: RowSink = {
    present: (server, log) => {
      notePresent(engine, server, log);
    },
    row: (server, row, position) => {
      rows += 1;
      if (row.kind === "worker") acceptWorker(engine, serverOf(engine, server), row, row.atMs);
      else acceptRow(engine, server, row, position, 0);
    },
    advance: (watermarkMs) => {
      advance(engine, watermarkMs, watermarkMs);
    },
    ...(isShort
      ? {
          protocolsSettledByOneLog: (server, log) => protocolsSettledByOneLog(engine, server, log),
          scanned: (server, scanned, position) => {
            acceptScanned(engine, server, scanned, position);
          },
        }
      : {}),
  };
  const reading = await readFarm({
    farms: [farm],
    knowledge: { formats: FORMATS, classifyPath, startOfFile, endOfFile },
    sink,
    now: () => 0,
  });
  finaliseAll(engine);
  const everMs = Number.MAX_SAFE_INTEGER;
  const metrics = engine.servers.map((server) => serverMetrics(engine, server, everMs));
  return {
    outcome: { findings: findingsOf(engine, everMs, "secret", []), metrics, counted: counted.sort(), reading },
    rows,
  };
}

describe("acceptServed()", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-served-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.each(SCENARIOS)("finds and counts the same in %s as acceptRow()", async (scenario) => {
    const farm = join(folder, scenario);
    await writeFarm(
      farm,
      planFarm({
        seed: 5,
        startMs: Date.UTC(2026, 10, 23, 7),
        scenarios: [scenario],
        servers: null,
        durationMs: null,
        requestsPerSecond: 0.2,
        clients: 60,
        noiseShare: 0.3,
      }),
    );
    const [short, long] = [await judge(farm, true), await judge(farm, false)];
    expect(short.outcome).toEqual(long.outcome);
    expect(short.rows).toBeLessThan(long.rows);
  });
});
