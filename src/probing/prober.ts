import type { ProbeOutcome } from "../model/probe/probe.ts";
import { nextProbeMs } from "../probe/back-off.ts";
import { EMPTY_BOOK, keepAsked, noteOutcomes, type ProbeBook } from "../probe/probe-book.ts";
import { probeServer, type ProbeSettings } from "./probe-server.ts";
import type { ProbeTarget } from "./probe-target.ts";
import type { TokenSource } from "./token-source.ts";

/** Time as the schedule needs it: pauses by a clock that never jumps. */
export interface ProbeClock {
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Resolves after so long, or as soon as `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface ProberOptions {
  readonly settings: ProbeSettings;
  readonly targets: readonly ProbeTarget[];
  readonly tokens: TokenSource | null;
  readonly everyMs: number;
  /** Servers asked at one time. */
  readonly atOnce: number;
  readonly clock: ProbeClock;
  /** Last results to begin with, of a prober whose place this one takes. */
  readonly book?: ProbeBook;
  /** Called after each server's run. */
  readonly onRun?: (outcomes: readonly ProbeOutcome[]) => void;
}

export interface Prober {
  /** Last results. */
  readonly book: () => ProbeBook;
  readonly targets: readonly ProbeTarget[];
  /** Asks every server in its turn, until `stop()`. */
  readonly start: () => void;
  /** The server's next turn comes at once: its worker is new. */
  readonly hurry: (server: string) => void;
  /** A fresh run; callers at one time share it. Null for a server that is not configured. With `challengeOnly` no token is sent. */
  readonly runNow: (server: string, options: RunOptions) => Promise<readonly ProbeOutcome[]> | null;
  readonly stop: () => Promise<void>;
}

export interface RunOptions {
  readonly challengeOnly: boolean;
  /** Longest time for the whole run: what was not asked by then counts as not answered. */
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

/** What is asked no more is forgotten. */
function isAskedBy({ targets, settings, tokens }: ProberOptions): (outcome: ProbeOutcome) => boolean {
  const names = new Set(targets.map(({ name }) => name.toLowerCase()));
  return ({ server, protocol, probe }) =>
    names.has(server.toLowerCase()) &&
    settings.protocols.includes(protocol) &&
    (probe === "challenge" || tokens !== null);
}

/** Runs at most `atOnce` tasks at one time, the others in the order in which they came. */
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
