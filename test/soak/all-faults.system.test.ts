import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { createRandom } from "../../src/simulator/random.ts";
import { BARE_PLAN, type SimulationPlan } from "../../src/simulator/plan.ts";
import { startSimulation } from "../../src/simulator/simulate.ts";
import { differences } from "../daemon/counted-pages.ts";
import { until } from "../daemon/daemon-process.ts";
import { LiveWriter, type LogLine } from "../daemon/live-writer.ts";
import { repetitions } from "../soak.ts";
import { addOddFiles, mutateRecord, peakMemoryMiB, rowAhead, STUCK } from "./faults.ts";
import { SteppedDaemon } from "./stepped-process.ts";
import { Strangers } from "./strangers.ts";

const MINUTE_MS = 60_000;
/** Event time between two checks of the daemons. */
const STEP_MS = 30_000;
const MINUTES = repetitions({ usual: 8, soak: 480 });
const STRANGERS = repetitions({ usual: 1, soak: 5 });
/** Number of steps of each kind in 100 steps. */
const KILLS = 12;
const STOPS = 3;
const LOGIN = "prometheus:right";
/** Event time after the last row until everything is final. */
const QUIET_MS = 40 * MINUTE_MS;

function planOf(startMs: number): SimulationPlan {
  const names = [
    "stale-keys-crash",
    "stale-keys-managed-availability",
    "junk-tokens",
    "ntlm-loops",
    "clock-skew",
  ] as const;
  const every = 90 * MINUTE_MS;
  return {
    ...BARE_PLAN,
    startMs,
    durationMs: MINUTES * MINUTE_MS,
    clients: 40,
    requestsPerSecond: 0.3,
    scenarios: names
      .map((name, index) => ({ name, afterMs: 3 * MINUTE_MS + index * every, server: index % 2 }))
      .filter(({ afterMs }) => afterMs + 8 * MINUTE_MS <= MINUTES * MINUTE_MS + 3 * MINUTE_MS),
  };
}

/** Number of steps written before the daemons start. */
const FIRST_STEPS = 4;

/** The folders of all logs of a simulation. */
function foldersOf(plan: SimulationPlan): ReadonlySet<string> {
  return new Set([...startSimulation(plan).lines].map(({ server, path }) => dirname(join(server, path))));
}

/** The lines of a simulation up to a time, in order. */
function* batches(plan: SimulationPlan): Generator<readonly LogLine[], void> {
  let [batch, endMs] = [[] as LogLine[], plan.startMs + STEP_MS];
  for (const line of startSimulation(plan).lines) {
    for (; line.atMs >= endMs; endMs += STEP_MS) {
      yield batch;
      batch = [];
    }
    batch.push(line);
  }
  yield batch;
}

test(
  `after ${String(MINUTES)} minutes of event time with all faults at once, the counters equal those of an ` +
    "undisturbed daemon, and of one with late events",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-faults-"));
    const [farm, late, view] = ["farm", "late", "view"].map((name) => join(folder, name)) as [string, string, string];
    const startMs = Date.UTC(2026, 10, 23, 7);
    const random = createRandom(5, "faults");
    for (const path of [farm, late, join(folder, "state")]) mkdirSync(path);
    symlinkSync(farm, view);
    addOddFiles(farm);
    const webConfig = join(folder, "web.yml");
    writeFileSync(
      webConfig,
      `basic_auth_users:\n  prometheus: ${hashSync("right", 4)}\n  viewer: ${hashSync("seen", 4)}\n  slow: ${hashSync("x", 11)}\n`,
    );
    const [writer, lateWriter] = [new LiveWriter(farm), new LiveWriter(late)];
    const delayed: { readonly dueMs: number; readonly lines: readonly LogLine[] }[] = [];
    const quiet = new SteppedDaemon({ farm, state: join(folder, "quiet"), webConfig: "" }, startMs);
    const fed = new SteppedDaemon({ farm: late, state: join(folder, "fed"), webConfig: "" }, startMs);
    const victim = new SteppedDaemon({ farm: view, state: join(folder, "victim"), webConfig, login: LOGIN }, startMs);
    const strangers = new Strangers(STRANGERS);
    const figures = { kills: 0, stops: 0, mutated: 0, away: 0, ahead: 0, connections: 0, peakMiB: 0 };
    let [nowMs, isAway] = [startMs, false];

    const readAll = async (name: string, daemon: SteppedDaemon, written: LiveWriter): Promise<void> => {
      let bytes = 0;
      await until(
        async () => ((bytes = await daemon.bytesRead()) === written.bytes ? true : null),
        120_000,
        () => `${name} read ${String(bytes)} of ${String(written.bytes)} bytes\n${daemon.tail()}`,
      );
    };
    /** Resolves when all daemons that see their farm have read what was written. */
    const read = async (): Promise<void> => {
      await readAll("quiet", quiet, writer);
      await readAll("fed", fed, lateWriter);
      if (!isAway) await readAll("victim", victim, writer);
    };

    try {
      // The folders of all logs exist before the daemons start, as on a server.
      const plan = planOf(startMs);
      for (const target of [farm, late])
        for (const path of foldersOf(plan)) mkdirSync(join(target, path), { recursive: true });
      let step = 0;
      for (const batch of batches(plan)) {
        step++;
        if (step <= FIRST_STEPS) {
          nowMs += STEP_MS;
          await Promise.all([writer.append(batch), lateWriter.append(batch)]);
          continue;
        }
        if (step === FIRST_STEPS + 1) {
          for (const daemon of [quiet, fed, victim]) daemon.setTime(nowMs);
          await Promise.all([quiet.start(), fed.start(), victim.start()]);
        }
        nowMs += STEP_MS;
        const lines = [...batch];
        // Sometimes a server's clock is ahead for one row.
        if (step % 10 === 6) {
          const row = rowAhead(lines);
          if (row !== null) figures.ahead += lines.push(row) > 0 ? 1 : 0;
        }
        const half = Math.floor(lines.length / 2);
        await writer.append(lines.slice(0, half));
        const dice = Math.floor(random.next() * 100);
        if (dice < KILLS || step === 8) {
          figures.peakMiB = Math.max(figures.peakMiB, peakMemoryMiB(victim.pid));
          await victim.kill();
          figures.kills++;
          if (figures.kills % 2 === 1 && mutateRecord(join(folder, "victim"), figures.kills)) figures.mutated++;
          await writer.append(lines.slice(half));
          await victim.start();
          figures.connections = Math.max(figures.connections, await strangers.comeTo(victim.port));
        } else if (dice < KILLS + STOPS || step === 7) {
          expect(await victim.stop()).toBe(0);
          figures.stops++;
          await writer.append(lines.slice(half));
          await victim.start();
        } else await writer.append(lines.slice(half));
        const events = lines.filter(({ path }) => path.endsWith(".xml"));
        if (events.length > 0) delayed.push({ dueMs: nowMs + 14 * MINUTE_MS, lines: events });
        await lateWriter.append(lines.filter(({ path }) => !path.endsWith(".xml")));
        while ((delayed[0]?.dueMs ?? Infinity) <= nowMs) await lateWriter.append(delayed.shift()?.lines ?? []);
        if (step % 40 === 13) {
          symlinkSync(farm, view);
          isAway = false;
        }
        // The daemons search for new files when their time advances.
        for (const daemon of [quiet, fed, victim]) daemon.setTime(nowMs);
        await read();
        if (step % 40 === 9) {
          // No file stays open, as with an unmounted share.
          await victim.kill();
          unlinkSync(view);
          isAway = true;
          figures.away++;
          await victim.start();
        }
      }
      expect(isAway).toBe(false);
      for (const { lines } of delayed) await lateWriter.append(lines);
      await read();
      figures.peakMiB = Math.max(figures.peakMiB, peakMemoryMiB(victim.pid));
      for (const endMs = nowMs + QUIET_MS; nowMs < endMs;) {
        nowMs += 2 * STEP_MS;
        for (const daemon of [quiet, fed, victim]) daemon.setTime(nowMs);
        await Promise.all([quiet.counted(), fed.counted(), victim.counted()]);
      }
      strangers.leave();
      let found: readonly (readonly string[])[] = [];
      await until(
        async () => {
          const [calm, slow, hurt] = await Promise.all([quiet.counted(), fed.counted(), victim.counted()]);
          found = [differences(hurt, calm), differences(withoutLate(slow), withoutLate(calm))];
          return found.every((lines) => lines.length === 0) && calm.some((line) => line.includes("hma_incidents_total"))
            ? true
            : null;
        },
        60_000,
        () => found.flat().join("\n"),
      );
      console.log(
        JSON.stringify({ minutes: MINUTES, stuckServers: STUCK.length, ...figures, messages: victim.messages }),
      );
      expect(figures).toMatchObject({ kills: expect.any(Number), mutated: expect.any(Number) });
      for (const count of [
        figures.kills,
        figures.stops,
        figures.mutated,
        figures.away,
        figures.ahead,
        figures.connections,
      ])
        expect(count).toBeGreaterThan(0);
      expect(figures.peakMiB).toBeLessThan(700);
    } finally {
      strangers.leave();
      await Promise.all([quiet.kill(), fed.kill(), victim.kill()]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }

    /** Excludes the special files and the hanging servers, which the late farm lacks. */
    function withoutLate(lines: readonly string[]): string[] {
      return lines.filter((line) => /^EX0\d /.test(line));
    }
  },
  7_200_000,
);
