import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FarmFolderError, runLive, writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN, type SimulationPlan } from "../../src/simulator/plan.ts";
import { startSimulation, truth } from "../../src/simulator/simulate.ts";

const PLAN: SimulationPlan = {
  ...BARE_PLAN,
  clients: 60,
  requestsPerSecond: 0.2,
  durationMs: 75 * 60_000,
  scenarios: [{ name: "stale-keys-crash", afterMs: 20 * 60_000, server: 0, parameters: { clients: 6 } }],
};

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-farm-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Expected contents of the plan's files, by path. */
function filesOf(plan: SimulationPlan, untilMs = Number.POSITIVE_INFINITY): Map<string, Buffer> {
  const texts = new Map<string, { encoding: BufferEncoding; text: string }>();
  const simulation = startSimulation(plan);
  for (const { atMs, path, text } of simulation.snapshots) {
    if (atMs > untilMs) break;
    texts.set(path, { encoding: "utf8", text });
  }
  for (const line of simulation.lines) {
    if (line.atMs > untilMs) break;
    const path = `${line.server}/${line.path}`;
    const file = texts.get(path) ?? { encoding: line.encoding, text: line.header };
    file.text += line.text;
    texts.set(path, file);
  }
  return new Map([...texts].map(([path, { encoding, text }]) => [path, Buffer.from(text, encoding)]));
}

async function filesIn(dir: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [path.slice(dir.length + 1).replaceAll("\\", "/"), await readFile(path)] as const),
  );
  return new Map(files.filter(([path]) => path !== "truth.json").sort(([one], [other]) => (one < other ? -1 : 1)));
}

function expectSameFiles(found: Map<string, Buffer>, wanted: Map<string, Buffer>): void {
  expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
  expect([...wanted].filter(([path, bytes]) => found.get(path)?.equals(bytes) !== true).map(([path]) => path)).toEqual(
    [],
  );
}

describe("writeFarm()", () => {
  test("writes every line of the plan, each header once, and the expected findings next to the servers", async () => {
    const fullRow = await writeFarm(folder, PLAN);
    expect(fullRow).toEqual(truth(PLAN));
    expect(JSON.parse(await readFile(join(folder, "truth.json"), "utf8"))).toEqual(fullRow);
    expectSameFiles(await filesIn(folder), filesOf(PLAN));
  });

  test("writes the events of every second server in UTF-16LE with a byte order mark", async () => {
    await writeFarm(folder, PLAN);
    const bytes = await readFile(join(folder, "EX02/events/application.xml"));
    expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0]);
    expect(bytes.length % 2).toBe(0);
  });

  test("replaces a farm that it wrote before", async () => {
    await writeFarm(folder, { ...PLAN, servers: 3 });
    await writeFarm(folder, PLAN);
    expect((await readdir(folder)).sort()).toEqual(["EX01", "EX02", "snapshots", "truth.json"]);
    expectSameFiles(await filesIn(folder), filesOf(PLAN));
  });

  test("does not touch a folder with other content", async () => {
    await mkdir(join(folder, "EX01/LogFiles"), { recursive: true });
    await writeFile(join(folder, "EX01/LogFiles/real.log"), "real");
    await expect(writeFarm(folder, PLAN)).rejects.toThrow(FarmFolderError);
    await writeFile(join(folder, "truth.json"), JSON.stringify({ servers: ["..", "EX02"] }));
    await expect(writeFarm(folder, PLAN)).rejects.toThrow(
      /^Cannot simulate into ".*": it contains other files than a simulated farm$/,
    );
    expect(await readFile(join(folder, "EX01/LogFiles/real.log"), "utf8")).toBe("real");
  });

  test("does not touch a simulated farm to which snapshots were added", async () => {
    await writeFarm(folder, { ...PLAN, durationMs: 60_000, scenarios: [] });
    await writeFile(join(folder, "snapshots/ours.json"), "{}");
    await expect(writeFarm(folder, PLAN)).rejects.toThrow(FarmFolderError);
    expect((await readdir(join(folder, "snapshots"))).sort()).toEqual([
      "ours.json",
      "snapshot-2026-11-23T070000Z.json",
    ]);
  });

  test("writes no snapshots if the plan has none", async () => {
    await writeFarm(folder, { ...PLAN, durationMs: 60_000, scenarios: [], snapshots: null });
    expect((await readdir(folder)).sort()).toEqual(["EX01", "EX02", "truth.json"]);
  });

  test("stops on its signal, with the expected findings for what was written", async () => {
    const fullRow = await writeFarm(folder, { ...PLAN, durationMs: 365 * 24 * 3_600_000 }, AbortSignal.abort());
    expect(fullRow.to).not.toBeNull();
    expect(Date.parse(fullRow.to ?? "")).toBeLessThan(PLAN.startMs + 2 * 3_600_000);
    expect(existsSync(join(folder, "truth.json"))).toBe(true);
  });
});

describe("runLive()", () => {
  /** A clock that the test moves. */
  function clockAt(startMs: number): { now: () => number; set: (atMs: number) => void } {
    let atMs = startMs;
    return {
      now: () => atMs,
      set: (next) => {
        atMs = next;
      },
    };
  }

  test("writes the history at once and continues with the clock up to the last line", async () => {
    const clock = clockAt(PLAN.startMs + 30 * 60_000);
    const fullRow = await runLive(folder, PLAN, {
      speed: 1,
      signal: new AbortController().signal,
      now: clock.now,
      onHistoryWritten: () => {
        clock.set(PLAN.startMs + PLAN.durationMs + 3_600_000);
      },
    });
    expect(fullRow).toEqual(truth(PLAN));
    expectSameFiles(await filesIn(folder), filesOf(PLAN));
  });

  test("only writes the history while the clock stands still, and ends on its signal", async () => {
    const begunMs = PLAN.startMs + 30 * 60_000;
    const control = new AbortController();
    const waiting = new Promise<void>((resolve) => {
      void runLive(folder, PLAN, {
        speed: 1_000,
        signal: control.signal,
        now: () => begunMs,
        onHistoryWritten: resolve,
      }).then(() => {
        stopped();
      });
    });
    let stopped = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    await waiting;
    const files = await filesIn(folder);
    control.abort();
    await ended;
    const wanted = filesOf(PLAN, begunMs);
    // The first line after the history is written together with it.
    const sum = (all: Map<string, Buffer>): number =>
      [...all.values()].reduce((total, bytes) => total + bytes.length, 0);
    expect([...files.keys()].filter((path) => path.startsWith("snapshots/"))).toEqual(
      [...wanted.keys()].filter((path) => path.startsWith("snapshots/")),
    );
    expect(sum(files)).toBeGreaterThanOrEqual(sum(wanted));
    expect(sum(files)).toBeLessThan(sum(wanted) + 5_000);
    expect(sum(await filesIn(folder))).toBeLessThan(sum(wanted) + 5_000);
  });

  test("runs faster by the given factor, and delays IIS rows until their buffer is written", async () => {
    const begunMs = PLAN.startMs + 10 * 60_000;
    const clock = clockAt(begunMs);
    const control = new AbortController();
    const front = join(folder, "EX01/LogFiles/W3SVC1/u_ex261123.log");
    const proxy = join(folder, "EX01/Logging/HttpProxy/Mapi/HttpProxy_2026112307-1.LOG");
    const sizes = async (): Promise<{ front: number; proxy: number }> => ({
      front: (await readFile(front)).length,
      proxy: (await readFile(proxy)).length,
    });
    const started = Promise.withResolvers<undefined>();
    const live = runLive(folder, PLAN, {
      speed: 60,
      signal: control.signal,
      now: clock.now,
      iisFlushMs: 60_000,
      onHistoryWritten: () => {
        started.resolve(undefined);
      },
    });
    await started.promise;
    const before = await sizes();
    // Five seconds of the clock are five minutes of the farm.
    clock.set(begunMs + 5_000);
    while ((await sizes()).proxy === before.proxy)
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    const heldBack = (await sizes()).front;
    control.abort();
    const fullRow = await live;
    expect(heldBack).toBe(before.front);
    expect(Date.parse(fullRow.to ?? "")).toBeGreaterThan(begunMs + 4 * 60_000);
    expect(Date.parse(fullRow.to ?? "")).toBeLessThan(begunMs + 6 * 60_000);
    expect((await sizes()).front).toBeGreaterThan(before.front);
  });
});
