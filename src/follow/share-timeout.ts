/** An operation that was not answered in time, or is not asked for any more because the program stops. */
export class NoAnswerError extends Error {
  readonly code = "ETIMEDOUT";
}

/** A server that does not answer, and since when (wall clock, Unix ms). */
export interface SilentServer {
  readonly server: string;
  readonly sinceMs: number;
}

interface Asking<Value> {
  readonly server: string;
  readonly waitMs: number;
  readonly discard: ((value: Value) => void) | undefined;
}

/** How long an operation is waited for whose server failed to answer the last time, ms. */
const SHORT_WAIT_MS = 1_000;

/**
 * Keeps a share that does not answer from stopping everything: an operation is waited for so long and no longer, and its server counts as
 * stuck until the operation ends after all. As long as it is stuck nothing more must be asked of it, so that one server holds one thread
 * at most.
 */
export class ShareTimeout {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** Unanswered operations by server, and when the first of them was begun. */
  readonly #unanswered = new Map<string, { count: number; readonly sinceMs: number }>();
  /** Servers whose last operation was late. */
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

  /** Nothing is waited for any more: what is under way is given up, and what comes is refused. */
  stop(): void {
    this.#stopping.abort();
  }

  /** What `operation` gives. Throws a NoAnswerError when it takes too long; `discard` gets what it gives later. */
  run<Value>(server: string, operation: () => Promise<Value>, discard?: (value: Value) => void): Promise<Value> {
    const waitMs = this.#late.has(server) ? Math.min(SHORT_WAIT_MS, this.#timeoutMs) : this.#timeoutMs;
    return this.#run({ server, waitMs, discard }, operation);
  }

  /** Finds out whether the server answers, and waits a short time for it. Never throws. */
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
