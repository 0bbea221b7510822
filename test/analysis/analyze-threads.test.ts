import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { analyzeFarms, type Analysis } from "../../src/analysis/analyze-farms.ts";
import { logKnowledge } from "../../src/reading/configured-knowledge.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { readingThreads } from "../../src/analysis/start-reading-thread.ts";
import { readFarm } from "../../src/reading/once/read-farm.ts";
import { planFarm } from "../../src/simulator/plan-farm.ts";
import type { ScenarioName } from "../../src/simulator/scenarios/index.ts";
import { defaultConfig } from "./small-farm.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-threads-"));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** All results of an analysis as plain data. */
function comparable({ findings, notes, history, compliance, reading }: Analysis): unknown {
  const series = history?.series.map(({ steps, ...about }) => ({ ...about, steps: [...steps()] }));
  return {
    findings,
    notes,
    compliance,
    history: { ...history, series },
    servers: reading.servers,
    stats: reading.stats.map(({ lagMs: _, ...stats }) => stats),
    errors: reading.errors,
  };
}

const FARMS: readonly {
  readonly name: string;
  readonly servers: number;
  readonly scenarios: readonly ScenarioName[];
}[] = [
  {
    name: "keys stale everywhere, and a back end that refuses",
    servers: 4,
    scenarios: ["stale-keys-everywhere", "backend-rejection", "stale-keys-bad-node"],
  },
  {
    name: "events, process ids and orphaned requests as proof",
    servers: 3,
    scenarios: [
      "stale-keys-managed-availability",
      "stale-keys-silent",
      "stale-keys-abandoned-requests",
      "metadata-unreachable",
    ],
  },
  { name: "IIS alone, and near misses", servers: 1, scenarios: ["iis-only", "outlook-storm-iis-only"] },
];

describe("readingThreads()", () => {
  test("a worker thread that exits is an error with its reason", async () => {
    const { events, noise } = await defaultConfig();
    const farm = join(folder, "two-files");
    for (const site of ["W3SVC1", "W3SVC2"]) {
      await mkdir(join(farm, "EX01/LogFiles", site), { recursive: true });
      await writeFile(join(farm, "EX01/LogFiles", site, "u_ex261116.log"), "#Fields: date time\n2026-11-16 07:00:00\n");
    }
    const start = readingThreads({ reasons: [{ pattern: "(", category: "unknown", backEnd: false }], events, noise });
    const reading = readFarm({
      farms: [farm],
      knowledge: logKnowledge({ reasons: [], events, noise }, []),
      sink: { row: () => undefined, advance: () => undefined },
      threads: { countFor: () => 2, start },
    });
    await expect(reading).rejects.toThrow(
      /^Cannot read the logs: a reading thread has ended: (Error: )?Cannot use reason pattern "\(": it is no regular expression$/,
    );
  });
});

describe("analyzeFarms() with threads", () => {
  test.each(FARMS)(
    "findings, history and accounting are the same as with one thread: $name",
    async ({ name, servers, scenarios }) => {
      const farm = join(folder, name.replace(/\W/g, "-"));
      await writeFarm(
        farm,
        planFarm({
          seed: 7,
          startMs: Date.UTC(2026, 10, 16, 7),
          scenarios,
          servers,
          durationMs: null,
          requestsPerSecond: 0.1,
          clients: 60,
          noiseShare: 0.3,
        }),
      );
      const config = await defaultConfig();
      const analyses: string[] = [];
      for (const threads of [1, 2, 4]) {
        const analysis = await analyzeFarms({
          farms: [farm],
          config,
          threads,
          keepsHistory: true,
          secret: "the same for all",
        });
        expect(analysis.findings.loops.length).toBeGreaterThan(0);
        expect(analysis.reading.unaccountedBytes).toBe(0);
        analyses.push(JSON.stringify(comparable(analysis)));
      }
      expect(analyses[1]).toBe(analyses[0]);
      expect(analyses[2]).toBe(analyses[0]);
    },
    180_000,
  );
});
