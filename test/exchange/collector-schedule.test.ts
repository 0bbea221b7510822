import { describe, expect, test } from "@jest/globals";
import {
  startCollectorSchedule,
  type CollectorJob,
  type ScheduleWorld,
} from "../../src/exchange/collector-schedule.ts";
import {
  delayAfter,
  isStale,
  NEVER_RUN,
  stepCollector,
  type CollectorRules,
  type CollectorState,
} from "../../src/exchange/collector-state.ts";
import { clockOf } from "../model/test-clock.ts";

const RULES: CollectorRules = {
  intervalMs: 60_000,
  jitter: 0.1,
  maxBackoffMs: 480_000,
  staleAfterMs: 180_000,
  limit: null,
};

/** A clock that only the test advances. */
function fakeWorld(random = 0) {
  let nowMs = 1_000_000;
  let sleepers: { readonly dueMs: number; readonly wake: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const world: ScheduleWorld = {
    clock: clockOf(() => nowMs),
    random: () => random,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { dueMs: nowMs + ms, wake: resolve };
        sleepers.push(sleeper);
        signal.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(new Error("woken"));
        });
      }),
  };
  const advance = async (ms: number): Promise<void> => {
    nowMs += ms;
    const due = sleepers.filter(({ dueMs }) => dueMs <= nowMs);
    sleepers = sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
    await settle();
  };
  return { world, advance, sleeping: () => sleepers.length };
}

/** A collector whose runs end when the test ends them. */
function fakeJob() {
  const states: CollectorState[] = [];
  const errors: unknown[] = [];
  const ends: ((error?: Error) => void)[] = [];
  let active = 0;
  let mostActive = 0;
  const job: CollectorJob = {
    rules: RULES,
    onState: (state, error) => {
      states.push(state);
      errors.push(error);
    },
    collect: (signal) =>
      new Promise((resolve, reject) => {
        active += 1;
        mostActive = Math.max(mostActive, active);
        const end = (error?: Error): void => {
          active -= 1;
          if (error === undefined) resolve();
          else reject(error);
        };
        ends.push(end);
        signal.addEventListener("abort", () => end(new Error("aborted")));
      }),
  };
  return {
    job,
    states,
    errors,
    runs: () => ends.length,
    mostActive: () => mostActive,
    end: (error?: Error) => ends.at(-1)?.(error),
  };
}

describe("startCollectorSchedule()", () => {
  test("is idle while there is nothing to collect (no run, no state), and runs soon after that changes", async () => {
    const { world, advance } = fakeWorld();
    const { job, states, runs, end } = fakeJob();
    let hasWork = false;
    const schedule = startCollectorSchedule({ ...job, hasWork: () => hasWork }, world);
    for (let turn = 0; turn < 20; turn++) await advance(15_000);
    await Promise.all([schedule.runNow(), advance(0)]);
    expect({ runs: runs(), states, state: schedule.state() }).toEqual({ runs: 0, states: [], state: NEVER_RUN });
    hasWork = true;
    await advance(15_000);
    expect(runs()).toBe(1);
    end();
    await advance(0);
    expect(schedule.state()).toMatchObject({ isSuccess: true, failures: 0 });
    await schedule.stop();
  });

  test("starts no more often than the limit allows, across intervals, failures, requests and an earlier process", async () => {
    const HOUR_MS = 3_600_000;
    const { world, advance } = fakeWorld();
    const collector = fakeJob();
    const startedMs: number[] = [];
    const delayedUntilMs: number[] = [];
    const earlierStartsMs = [world.clock.wall() - HOUR_MS + 1, world.clock.wall() - 30 * 60_000];
    const schedule = startCollectorSchedule(
      {
        ...collector.job,
        rules: { ...RULES, maxBackoffMs: 60_000, limit: { runs: 20, periodMs: HOUR_MS } },
        earlierStartsMs,
        collect: async () => {
          startedMs.push(world.clock.wall());
          if (startedMs.length % 3 === 0) throw new Error("no answer");
        },
        onDelay: (untilMs) => delayedUntilMs.push(untilMs),
      },
      world,
    );
    for (let second = 0; second < 4 * 3_600; second++) {
      if (second % 7 === 0) void schedule.runNow();
      await advance(1_000);
    }
    const all = [...earlierStartsMs, ...startedMs];
    const mostInAnHour = Math.max(...all.map((from) => all.filter((at) => at >= from && at < from + HOUR_MS).length));
    expect({ mostInAnHour, runs: startedMs.length }).toEqual({ mostInAnHour: 20, runs: 80 });
    expect(delayedUntilMs.length).toBeGreaterThan(0);
    expect(startedMs).toEqual(expect.arrayContaining(delayedUntilMs.slice(0, -1)));
    expect(schedule.startsMs()).toEqual(startedMs.slice(-schedule.startsMs().length));
    await schedule.stop();
  });

  test("stop() ends a wait for the limit without a run", async () => {
    const { world, advance, sleeping } = fakeWorld();
    const collector = fakeJob();
    const limit = { runs: 1, periodMs: 600_000 };
    const earlierStartsMs = [world.clock.wall() - 1_000];
    const schedule = startCollectorSchedule({ ...collector.job, rules: { ...RULES, limit }, earlierStartsMs }, world);
    const asked = schedule.runNow();
    await advance(60_000);
    expect({ runs: collector.runs(), sleeping: sleeping() }).toEqual({ runs: 0, sleeping: 1 });
    await schedule.stop();
    await asked;
    expect({ runs: collector.runs(), sleeping: sleeping() }).toEqual({ runs: 0, sleeping: 0 });
  });

  test("runs at the interval, counted from the start of a run", async () => {
    const { world, advance } = fakeWorld();
    const collector = fakeJob();
    const schedule = startCollectorSchedule(collector.job, world);
    await advance(0);
    expect(collector.runs()).toBe(1);
    await advance(20_000);
    collector.end();
    await advance(0);
    await advance(39_999);
    expect(collector.runs()).toBe(1);
    await advance(1);
    expect(collector.runs()).toBe(2);
    expect(schedule.state()).toEqual({
      isRunning: true,
      isSuccess: true,
      failures: 0,
      lastDurationMs: 20_000,
      lastSuccessAtMs: 1_020_000,
    });
    await schedule.stop();
  });

  test("adds jitter to the first run and to later ones", async () => {
    const { world, advance } = fakeWorld(0.5);
    const collector = fakeJob();
    const schedule = startCollectorSchedule(collector.job, world);
    await advance(2_999);
    expect(collector.runs()).toBe(0);
    await advance(1);
    expect(collector.runs()).toBe(1);
    collector.end();
    await advance(0);
    await advance(62_999);
    expect(collector.runs()).toBe(1);
    await advance(1);
    expect(collector.runs()).toBe(2);
    await schedule.stop();
  });

  test("waits longer after each failure, and keeps the time of the last success", async () => {
    const { world, advance } = fakeWorld();
    const collector = fakeJob();
    const schedule = startCollectorSchedule(collector.job, world);
    await advance(0);
    collector.end();
    await advance(0);
    await advance(60_000);
    const failure = new Error("no");
    for (const waitMs of [120_000, 240_000, 480_000, 480_000]) {
      collector.end(failure);
      await advance(0);
      const runs = collector.runs();
      await advance(waitMs - 1);
      expect(collector.runs()).toBe(runs);
      await advance(1);
      expect(collector.runs()).toBe(runs + 1);
    }
    expect(collector.errors.filter((error) => error === failure)).toHaveLength(4);
    expect(schedule.state()).toMatchObject({ isSuccess: false, failures: 4, lastSuccessAtMs: 1_000_000 });
    expect(isStale(schedule.state(), RULES, 1_180_000)).toBe(false);
    expect(isStale(schedule.state(), RULES, 1_180_001)).toBe(true);
    await schedule.stop();
  });

  test("runs at once on request, and never two runs at the same time", async () => {
    const { world, advance } = fakeWorld();
    const collector = fakeJob();
    const schedule = startCollectorSchedule(collector.job, world);
    await advance(0);
    const asked = [schedule.runNow(), schedule.runNow()];
    await advance(0);
    expect(collector.runs()).toBe(1);
    collector.end();
    await advance(0);
    expect(collector.runs()).toBe(2);
    collector.end();
    await advance(0);
    await Promise.all(asked);
    await advance(0);
    const later = schedule.runNow();
    await advance(0);
    expect(collector.runs()).toBe(3);
    collector.end();
    await advance(0);
    await later;
    expect(collector.mostActive()).toBe(1);
    await schedule.stop();
  });

  test("stop() aborts the current run, which does not count as a failure, and leaves no timer", async () => {
    const { world, advance, sleeping } = fakeWorld();
    const collector = fakeJob();
    const schedule = startCollectorSchedule(collector.job, world);
    await advance(0);
    const asked = schedule.runNow();
    await schedule.stop();
    await asked;
    await schedule.runNow();
    await advance(600_000);
    expect([collector.runs(), sleeping(), schedule.state().failures]).toEqual([1, 0, 0]);
  });
});

describe("collector state", () => {
  test("is stale before the first success", () => {
    expect(isStale(NEVER_RUN, RULES, 0)).toBe(true);
    const failed = stepCollector(NEVER_RUN, { isSuccess: false, startedAtMs: 5, endedAtMs: 9 });
    expect(failed).toEqual({
      isRunning: false,
      isSuccess: false,
      failures: 1,
      lastDurationMs: 4,
      lastSuccessAtMs: null,
    });
  });

  test.each([
    ["no failure", 0, 60_000],
    ["one", 1, 120_000],
    ["three", 3, 480_000],
    ["a thousand", 1_000, 480_000],
  ])("delayAfter() after %s", (_, failures, wantedMs) => expect(delayAfter(failures, RULES, 0)).toBe(wantedMs));

  test("delayAfter() never waits less than the interval, whatever the maximum wait", () => {
    expect(delayAfter(3, { ...RULES, maxBackoffMs: 1_000 }, 0)).toBe(60_000);
  });
});
