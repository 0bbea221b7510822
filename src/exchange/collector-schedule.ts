import type { Clock } from "../model/clock.ts";
import { createRunAllowance } from "./run-allowance.ts";
import { delayAfter, NEVER_RUN, stepCollector, type CollectorRules, type CollectorState } from "./collector-state.ts";

/** Clock and random source of a schedule. */
export interface ScheduleWorld {
  readonly clock: Clock;
  /** Resolves after `ms`; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 to below 1. */
  readonly random: () => number;
}

export interface CollectorJob {
  readonly rules: CollectorRules;
  /**
   * Whether there is something to collect; always, if left out. While there is not, the collector is idle: it does not run, and its state
   * does not change. Being idle is not a failure.
   */
  readonly hasWork?: () => boolean;
  /** Collects once. A thrown error is a failure of the run. */
  readonly collect: (signal: AbortSignal) => Promise<void>;
  /** Start times of runs of the previous process (wall clock, Unix ms), which count against `rules.limit`. None if left out. */
  readonly earlierStartsMs?: readonly number[];
  /** Called when the limit delays a run; the run starts at `untilMs` (wall clock, Unix ms). */
  readonly onDelay?: (untilMs: number) => void;
  /** Called at the start and at the end of each run. `error` is the error of a failed run, otherwise null. */
  readonly onState: (state: CollectorState, error: unknown) => void;
}

export interface CollectorSchedule {
  readonly state: () => CollectorState;
  /** Start times that count against the limit, for `earlierStartsMs` of the next process. Empty without a limit. */
  readonly startsMs: () => readonly number[];
  /** Runs now, or right after the current run, or when the limit permits. Resolves when that run has ended or the schedule was stopped. */
  readonly runNow: () => Promise<void>;
  /** Aborts the current run and resolves when it has ended. No run starts after that. */
  readonly stop: () => Promise<void>;
}

/** Interval at which an idle collector checks whether there is something to collect. */
const IDLE_MS = 15_000;

/** Runs a collector repeatedly, one run at a time. The first run starts within the jitter of one interval. Closed by `stop()`. */
export function startCollectorSchedule(job: CollectorJob, world: ScheduleWorld): CollectorSchedule {
  const { clock } = world;
  const stopping = new AbortController();
  const { limit } = job.rules;
  const allowance = limit === null ? null : createRunAllowance(limit, clock, job.earlierStartsMs ?? []);
  let state = NEVER_RUN;
  let waking = new AbortController();
  let waiters: (() => void)[] = [];

  async function pause(ms: number): Promise<void> {
    waking = new AbortController();
    if (stopping.signal.aborted || waiters.length > 0) return;
    await world.sleep(ms, waking.signal).catch(() => {});
  }

  /** Waits until the limit permits a run. A request for a run does not shorten the wait; a stop ends it. */
  async function holdBack(): Promise<void> {
    const waitMs = (): number => (stopping.signal.aborted ? 0 : (allowance?.waitMs() ?? 0));
    if (waitMs() > 0) job.onDelay?.(clock.wall() + waitMs());
    for (let ms = waitMs(); ms > 0; ms = waitMs()) await world.sleep(ms, stopping.signal).catch(() => {});
  }

  async function runOnce(started: number): Promise<void> {
    state = { ...state, isRunning: true };
    job.onState(state, null);
    const outcome = await job.collect(stopping.signal).then(
      () => ({ isSuccess: true, error: null }),
      (error: unknown) => ({ isSuccess: false, error }),
    );
    // A run that was aborted by a stop is neither a success nor a failure.
    if (stopping.signal.aborted) return;
    const endedAtMs = clock.wall();
    const startedAtMs = endedAtMs - (clock.monotonic() - started);
    state = stepCollector(state, { isSuccess: outcome.isSuccess, startedAtMs, endedAtMs });
    job.onState(state, outcome.error);
  }

  async function runAll(): Promise<void> {
    await pause(job.rules.intervalMs * job.rules.jitter * world.random());
    while (!stopping.signal.aborted) {
      await holdBack();
      if (stopping.signal.aborted) break;
      const answered = waiters;
      waiters = [];
      if (job.hasWork?.() === false) {
        for (const resolve of answered) resolve();
        await pause(Math.min(IDLE_MS, job.rules.intervalMs));
        continue;
      }
      const started = clock.monotonic();
      allowance?.note();
      await runOnce(started);
      for (const resolve of answered) resolve();
      await pause(Math.max(0, started + delayAfter(state.failures, job.rules, world.random()) - clock.monotonic()));
    }
    for (const resolve of waiters) resolve();
  }

  const running = runAll();
  return {
    state: () => state,
    startsMs: () => allowance?.startsMs() ?? [],
    runNow: () =>
      new Promise<void>((resolve) => {
        if (stopping.signal.aborted) return resolve();
        waiters.push(resolve);
        waking.abort();
      }),
    stop: () => {
      stopping.abort();
      waking.abort();
      return running;
    },
  };
}
