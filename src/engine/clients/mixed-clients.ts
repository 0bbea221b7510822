import type { AppPool } from "../../model/app-pool.ts";
import type { RefusalRun } from "../../detectors/loop.ts";

/**
 * A time range in which one client key was refused and served in turns. That is the pattern of several clients that the logs cannot
 * distinguish. Plain data; times in Unix ms.
 */
export interface MixedClient {
  readonly key: number;
  readonly appPool: AppPool;
  readonly fromMs: number;
  readonly toMs: number;
  /** How often a success ended a run of refusals that was not a loop. */
  readonly runs: number;
  readonly refusals: number;
}

/** A single client that only asks for a token has fewer refusals in a row, and fewer such runs. */
const MIN_REFUSALS = 3;
const MIN_RUNS = 5;
/** Runs further apart than this (ms) are not related. */
const GAP_MS = 600_000;
const MAX_CLIENTS = 500;

/** Client keys of one server that are refused and served in turns. Beyond MAX_CLIENTS the oldest are dropped. */
export class MixedClients {
  readonly #clients = new Map<string, MixedClient>();

  /** Notes that a success of the client ended a run of refusals that was not a loop. */
  note(key: number, appPool: AppPool, run: RefusalRun): void {
    if (run.rejections < MIN_REFUSALS) return;
    const name = `${appPool} ${key}`;
    const known = this.#clients.get(name);
    const goesOn = known !== undefined && run.startMs - known.toMs <= GAP_MS;
    if (known !== undefined && !goesOn && known.runs >= MIN_RUNS) return;
    const before = goesOn ? known : { fromMs: run.startMs, runs: 0, refusals: 0 };
    this.#clients.delete(name);
    this.#clients.set(name, {
      key,
      appPool,
      fromMs: before.fromMs,
      toMs: run.lastRefusalMs,
      runs: before.runs + 1,
      refusals: before.refusals + run.rejections,
    });
    if (this.#clients.size <= MAX_CLIENTS) return;
    for (const oldest of this.#clients.keys()) {
      this.#clients.delete(oldest);
      return;
    }
  }

  /** Client keys with enough such runs to be reported, in order of time. */
  shared(): MixedClient[] {
    return [...this.#clients.values()].filter(({ runs }) => runs >= MIN_RUNS).sort((a, b) => a.fromMs - b.fromMs);
  }

  dump(): MixedClient[] {
    return [...this.#clients.values()];
  }

  restore(dump: readonly MixedClient[]): void {
    for (const one of dump) this.#clients.set(`${one.appPool} ${one.key}`, one);
  }
}
