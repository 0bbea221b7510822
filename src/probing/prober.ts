import type { ProbeOutcome } from "../model/probe/probe.ts";
import { nextProbeMs } from "../probe/back-off.ts";
import { EMPTY_BOOK, keepAsked, noteOutcomes, type ProbeBook } from "../probe/probe-book.ts";
import { probeServer, type ProbeSettings } from "./probe-server.ts";
import type { ProbeTarget } from "./probe-target.ts";
import type { TokenSource } from "./token-source.ts";

/** Clocks and random source of the schedule. Pauses use a clock that never jumps. */
export interface ProbeClock {
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Resolves after this time, or as soon as `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface ProberOptions {
  readonly settings: ProbeSettings;
  readonly targets: readonly ProbeTarget[];
  readonly tokens: TokenSource | null;
  readonly everyMs: number;
  /** Maximum number of servers probed at the same time. */
  readonly atOnce: number;
  readonly clock: ProbeClock;
  /** Last results of the prober that this one replaces. */
  readonly book?: ProbeBook;
  /** Called after each server's run. */
  readonly onRun?: (outcomes: readonly ProbeOutcome[]) => void;
}

export interface Prober {
  /** The last results. */
  readonly book: () => ProbeBook;
  readonly targets: readonly ProbeTarget[];
  /** Probes the servers on a schedule, until `stop()`. */
  readonly start: () => void;
  /** Probes the server at once, because it has a new worker. */
  readonly hurry: (server: string) => void;
  /**
   * Probes a server now; concurrent callers share one run. Null for a server that is not configured. With `challengeOnly` no token is sent.
   */
  readonly runNow: (server: string, options: RunOptions) => Promise<readonly ProbeOutcome[]> | null;
  readonly stop: () => Promise<void>;
}

export interface RunOptions {
  readonly challengeOnly: boolean;
  /** Time limit for the whole run; requests not sent by then count as not answered. */
  readonly budgetMs?: number;
}

export function createProber(options: ProberOptions): Prober {
  const { targets, clock } = options;
  const stopping = new AbortController();
  const turns = createTurns(options.atOnce);
  const running = new Map<string, Promise<readonly ProbeOutcome[]>>();
  const hurries = new Map<string, AbortController>();
  const loops: Promise<void>[] = [];
  let book: ProbeBook = keepAsked(options.book ?? EMPTY_BOOK, isAskedBy(options));

  const run = async (
    target: ProbeTarget,
    { challengeOnly, budgetMs }: RunOptions,
  ): Promise<readonly ProbeOutcome[]> => {
    const { settings } = options;
    const tokens = challengeOnly ? null : options.tokens;
    const outcomes = await probeServer({
      settings,
      target,
      tokens,
      signal: stopping.signal,
      now: clock.now,
      ...(budgetMs === undefined ? {} : { budgetMs }),
    });
    book = noteOutcomes(book, outcomes);
    options.onRun?.(outcomes);
    return outcomes;
  };
  const shared = (target: ProbeTarget, how: RunOptions): Promise<readonly ProbeOutcome[]> => {
    const key = `${target.name.toLowerCase()}|${how.challengeOnly}`;
    const known = running.get(key);
    if (known !== undefined) return known;
    const begun = run(target, how).finally(() => running.delete(key));
    running.set(key, begun);
    return begun;
  };
  const keepAsking = async (target: ProbeTarget): Promise<void> => {
    let failures = 0;
    await pauseFor(options.everyMs * clock.random(), target);
    while (!stopping.signal.aborted) {
      const outcomes = await turns(() => shared(target, { challengeOnly: false })).catch(() => []);
      const isGone = outcomes.length > 0 && outcomes.every(({ status }) => status === null);
      failures = isGone ? failures + 1 : 0;
      await pauseFor(nextProbeMs(options.everyMs, failures, clock.random()), target);
    }
  };
  const pauseFor = async (ms: number, { name }: ProbeTarget): Promise<void> => {
    const hurry = new AbortController();
    hurries.set(name.toLowerCase(), hurry);
    await clock.pause(ms, AbortSignal.any([stopping.signal, hurry.signal]));
  };
  return {
    book: () => book,
    targets,
    start: () => {
      loops.push(...targets.map(keepAsking));
    },
    hurry: (server) => hurries.get(server.toLowerCase())?.abort(),
    runNow: (server, how) => {
      const target = targets.find(({ name }) => name.toLowerCase() === server.toLowerCase());
      return target === undefined ? null : shared(target, how);
    },
    stop: async () => {
      stopping.abort(new Error("stopped"));
      await Promise.allSettled([...loops, ...running.values()]);
    },
  };
}

/** Removes results of servers and protocols that are no longer probed. */
function isAskedBy({ targets, settings, tokens }: ProberOptions): (outcome: ProbeOutcome) => boolean {
  const names = new Set(targets.map(({ name }) => name.toLowerCase()));
  return ({ server, protocol, probe }) =>
    names.has(server.toLowerCase()) &&
    settings.protocols.includes(protocol) &&
    (probe === "challenge" || tokens !== null);
}

/** Runs at most `atOnce` tasks at the same time; the others wait in the order of their calls. */
function createTurns(atOnce: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (task) => {
    if (busy >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };
}
