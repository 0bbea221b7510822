/** An operation that was not answered in time. */
export class NoAnswerError extends Error {
  readonly code = "ETIMEDOUT";
}

/**
 * Keeps a share that does not answer from stopping everything: an operation is waited for so long and no longer, and its server counts as stuck
 * until the operation ends after all.
 */
export class AnswerGuard {
  readonly #timeoutMs: number;
  /** Unanswered operations by server. */
  readonly #unanswered = new Map<string, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  isStuck(server: string): boolean {
    return (this.#unanswered.get(server) ?? 0) > 0;
  }

  /** What `operation` gives. Throws a NoAnswerError when it takes too long; `discard` gets what it gives later. */
  run<Value>(server: string, operation: () => Promise<Value>, discard?: (value: Value) => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.#note(server, 1);
        reject(new NoAnswerError(`Cannot reach ${server}: no answer within ${String(this.#timeoutMs)} ms`));
      }, this.#timeoutMs);
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        if (isLate) this.#note(server, -1);
        else finish();
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

  #note(server: string, change: number): void {
    const count = (this.#unanswered.get(server) ?? 0) + change;
    if (count > 0) this.#unanswered.set(server, count);
    else this.#unanswered.delete(server);
  }
}
