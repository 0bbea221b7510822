import type { AppPool } from "../../model/app-pool.ts";
import type { RefusalRun } from "../../detectors/loop.ts";

/** A stretch in which one client key was refused and served by turns: several clients that the logs do not tell apart. Plain data. */
export interface MixedClient {
  readonly key: number;
  readonly appPool: AppPool;
  readonly fromMs: number;
  readonly toMs: number;
  /** Times that refusals ended in a success without being a loop. */
  readonly runs: number;
  readonly refusals: number;
}

/** So many refusals in a row, and so many times, are no client's that merely asks for a token. */
const MIN_REFUSALS = 3;
const MIN_RUNS = 5;
/** Further apart, one thing has nothing to do with the other. */
const GAP_MS = 600_000;
const MAX_CLIENTS = 500;

/** Client keys that are refused and served by turns, of one server. Bounded; the oldest go. */
export class MixedClients {
  readonly #clients = new Map<string, MixedClient>();

  /** Notes that a success of that client ended a run of refusals that was no loop. */
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

  /** Those of which it is certain enough to say so, in order of time. */
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
