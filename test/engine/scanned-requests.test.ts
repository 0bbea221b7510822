import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import type { CountListener } from "../../src/engine/counters.ts";
import { createEngine, LIVE_LIMITS } from "../../src/engine/create-engine.ts";
import { acceptRow, acceptWorker } from "../../src/engine/accept-row.ts";
import { advance, finaliseAll, notePresent } from "../../src/engine/engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { acceptScanned, keepServed, protocolsSettledByOneLog } from "../../src/engine/scanned-requests.ts";
import { readFarm } from "../../src/reading/once/read-farm.ts";
import type { RowSink } from "../../src/reading/row-sink.ts";
import { classifyPath, endOfFile, startOfFile } from "../../src/sources/index.ts";
import { FORMATS } from "../sources/plain-formats.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import { randomFarm } from "../oracle/random-farm.ts";
import { writtenFiles } from "../oracle/write-farm.ts";
import { repetitions } from "../soak.ts";
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

/** How rows are read: by the parser alone, by the scanner, which lists served rows, or by the scanner, which keeps them. */
type Way = "parsed" | "listed" | "kept";

async function judge(farm: string, way: Way): Promise<{ outcome: unknown; counted: string[]; rows: number }> {
  const counted: string[] = [];
  const byMinute = new Map<string, number>();
  const onCount: CountListener = ({ server, metric, labels, atMs, amount }) => {
    counted.push([server, metric, ...labels, atMs, amount].join(" "));
    const minute = [server, metric, ...labels, Math.ceil(atMs / 60_000)].join(" ");
    byMinute.set(minute, (byMinute.get(minute) ?? 0) + amount);
  };
  const engine = createEngine({
    rules: DEFAULT_RULES,
    limits: LIVE_LIMITS,
    mode: "history",
    onCount,
  });
  let rows = 0;
  const sink: RowSink = {
    present: (server, log) => {
      notePresent(engine, server, { log });
    },
    row: (server, row, position) => {
      rows += 1;
      if (row.kind === "worker") acceptWorker(engine, { server, row, clockMs: row.atMs });
      else acceptRow(engine, { server, row, position, clockMs: 0 });
    },
    advance: (watermarkMs) => {
      advance(engine, watermarkMs, watermarkMs);
    },
    ...(way === "kept" ? { keeping: (server, memory) => keepServed(engine, server, memory) } : {}),
    ...(way !== "parsed"
      ? {
          protocolsSettledByOneLog: (server, log) => protocolsSettledByOneLog(engine, server, log),
          scanned: (server, scanned, position) => {
            acceptScanned(engine, { server, rows: scanned, position });
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
  const metrics = engine.servers.map((server) => serverMetrics(viewAt(engine, everMs), server));
  return {
    outcome: {
      findings: findingsOf(viewAt(engine, everMs), { secret: "secret", keyChanges: [] }),
      metrics,
      reading,
      byMinute: new Map([...byMinute].sort()),
    },
    counted: counted.sort(),
    rows,
  };
}

describe("acceptScanned()", () => {
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
        requestsPerSecond: 0.1,
        clients: 60,
        noiseShare: 0.3,
      }),
    );
    const [kept, listed, parsed] = [
      await judge(farm, "kept"),
      await judge(farm, "listed"),
      await judge(farm, "parsed"),
    ];
    expect(listed.outcome).toEqual(parsed.outcome);
    expect(listed.counted).toEqual(parsed.counted);
    expect(listed.rows).toBeLessThan(parsed.rows);
    expect(kept.outcome).toEqual(parsed.outcome);
  });

  test.each(Array.from({ length: repetitions({ usual: 8, soak: 200 }) }, (_, index) => 1 + index))(
    "finds and counts the same in a random farm, seed %i",
    async (seed) => {
      const farm = join(folder, `random-${seed}`);
      const files = writtenFiles(randomFarm(seed)).filter(({ path }) => seed % 2 === 0 || path.includes("W3SVC1"));
      for (const { server, path, lines } of files) {
        const file = join(farm, server, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, `${lines.join("\r\n")}\r\n`);
      }
      await mkdir(farm, { recursive: true });
      const [kept, listed, parsed] = [
        await judge(farm, "kept"),
        await judge(farm, "listed"),
        await judge(farm, "parsed"),
      ];
      expect(listed.outcome).toEqual(parsed.outcome);
      expect(kept.outcome).toEqual(parsed.outcome);
    },
  );
});
