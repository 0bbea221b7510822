/** An operation that timed out, or was refused or abandoned because the program stops. */
export class NoAnswerError extends Error {
  readonly code = "ETIMEDOUT";
}

/** A server that does not answer, and when its oldest unanswered operation began (wall clock, Unix ms). */
export interface SilentServer {
  readonly server: string;
  readonly sinceMs: number;
}

interface Asking<Value> {
  readonly server: string;
  readonly waitMs: number;
  readonly discard: ((value: Value) => void) | undefined;
}

/** Time-out for a server whose last operation timed out, ms. */
const SHORT_WAIT_MS = 1_000;

/**
 * Time-out for file system operations, so that a share that does not answer cannot stop the follower. After a time-out the server counts
 * as hanging until the operation ends. Callers must not start another operation on a hanging server: so it blocks one thread at most.
 */
export class ShareTimeout {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** Unanswered operations by server, and when the first of them began. */
  readonly #unanswered = new Map<string, { count: number; readonly sinceMs: number }>();
  /** Servers whose last operation timed out. */
  readonly #late = new Set<string>();
  readonly #stopping = new AbortController();

  /** `now` is the wall clock, for `silent()`. */
  constructor(timeoutMs: number, now: () => number = Date.now) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  isHanging(server: string): boolean {
    return this.#unanswered.has(server);
  }

  silent(): SilentServer[] {
    return [...this.#unanswered].map(([server, { sinceMs }]) => ({ server, sinceMs }));
  }

  /** Abandons running operations and refuses new ones; both reject with a NoAnswerError. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Runs `operation` and returns its value. Throws a NoAnswerError after the time-out; a value that comes later goes to `discard`. */
  run<Value>(server: string, operation: () => Promise<Value>, discard?: (value: Value) => void): Promise<Value> {
    const waitMs = this.#late.has(server) ? Math.min(SHORT_WAIT_MS, this.#timeoutMs) : this.#timeoutMs;
    return this.#run({ server, waitMs, discard }, operation);
  }

  /** Finds out whether the server answers, with the short time-out. `isHanging()` gives the result. Never throws. */
  async ask(server: string, operation: () => Promise<unknown>): Promise<void> {
    const waitMs = Math.min(SHORT_WAIT_MS, this.#timeoutMs);
    await this.#run({ server, waitMs, discard: undefined }, operation).catch(() => undefined);
  }

  #run<Value>({ server, waitMs, discard }: Asking<Value>, operation: () => Promise<Value>): Promise<Value> {
    if (this.#stopping.signal.aborted)
      return Promise.reject(new NoAnswerError(`Cannot ask ${server}: the program stops`));
    const beganMs = this.#now();
    return new Promise((resolve, reject) => {
      let isLate = false;
      const giveUp = (): void => {
        isLate = true;
        clearTimeout(timer);
        this.#stopping.signal.removeEventListener("abort", giveUp);
        this.#late.add(server);
        this.#noteUnanswered(server, beganMs);
        reject(new NoAnswerError(`Cannot reach ${server}: no answer within ${String(waitMs)} ms`));
      };
      const timer = setTimeout(giveUp, waitMs);
      this.#stopping.signal.addEventListener("abort", giveUp, { once: true });
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.#stopping.signal.removeEventListener("abort", giveUp);
        if (isLate) return this.#noteAnswered(server);
        this.#late.delete(server);
        finish();
      };
      operation().then(
        (value) => {
          settle(() => {
            resolve(value);
          });
          if (isLate) discard?.(value);
        },
        (error: unknown) => {
          settle(() => {
            reject(error);
          });
        },
      );
    });
  }

  #noteUnanswered(server: string, sinceMs: number): void {
    const before = this.#unanswered.get(server);
    this.#unanswered.set(server, { count: (before?.count ?? 0) + 1, sinceMs: before?.sinceMs ?? sinceMs });
  }

  #noteAnswered(server: string): void {
    const before = this.#unanswered.get(server);
    if (before !== undefined && before.count > 1) before.count -= 1;
    else this.#unanswered.delete(server);
  }
}
