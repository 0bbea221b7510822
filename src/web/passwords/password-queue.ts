import type { PasswordQuestion } from "./compare-password.ts";
import { startPasswordThread, type PasswordThread } from "./start-password-thread.ts";

/** Number of threads. One client uses at most one of them, so that a second client need not wait for the first. */
const THREADS = 2;
/** Maximum number of waiting comparisons of one client. */
const MAX_WAITING_EACH = 4;
/** Maximum number of waiting comparisons of all clients. */
const MAX_WAITING = 512;
/** A comparison that takes longer (a hash with an enormous cost) is aborted by ending its thread, ms. */
const MAX_MS = 30_000;

interface Waiting {
  readonly question: PasswordQuestion;
  readonly resolve: (answer: PasswordAnswer) => void;
}

/** `busy`: too many comparisons of this client wait, or the comparison took too long. */
export type PasswordAnswer = "right" | "wrong" | "busy";

/** Compares passwords off the event loop. Clients take turns, so that one client's guesses do not block another client. */
export class PasswordQueue {
  /** Clients with waiting comparisons, the next one first. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #served = new Set<string>();
  readonly #idle: PasswordThread[] = [];
  readonly #threads = new Set<PasswordThread>();
  readonly #start: () => PasswordThread;
  #total = 0;

  constructor(start: () => PasswordThread = startPasswordThread) {
    this.#start = start;
  }

  /** Never rejects. `peer` is the result of `peerOf()`. */
  ask(peer: string, question: PasswordQuestion): Promise<PasswordAnswer> {
    const own = this.#waiting.get(peer) ?? [];
    if (own.length >= MAX_WAITING_EACH || this.#total >= MAX_WAITING) return Promise.resolve("busy");
    return new Promise((resolve) => {
      this.#waiting.set(peer, [...own, { question, resolve }]);
      this.#total++;
      this.#next();
    });
  }

  /** Ends the threads; waiting comparisons get `busy`. */
  async close(): Promise<void> {
    for (const { resolve } of [...this.#waiting.values()].flat()) resolve("busy");
    this.#waiting.clear();
    this.#total = 0;
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  /** Assigns free threads to the clients whose turn it is. */
  #next(): void {
    while (this.#served.size < THREADS) {
      const turn = [...this.#waiting].find(([peer]) => !this.#served.has(peer));
      const [first] = turn?.[1] ?? [];
      if (turn === undefined || first === undefined) return;
      const [peer, own] = turn;
      this.#waiting.delete(peer);
      // A client with further comparisons goes to the end of the queue.
      if (own.length > 1) this.#waiting.set(peer, own.slice(1));
      this.#total--;
      void this.#serve(peer, first);
    }
  }

  async #serve(peer: string, { question, resolve }: Waiting): Promise<void> {
    this.#served.add(peer);
    const thread = this.#idle.pop() ?? this.#started();
    const timer = setTimeout(() => void thread.stop(), MAX_MS);
    timer.unref();
    try {
      const isRight = await thread.ask(question);
      this.#idle.push(thread);
      resolve(isRight ? "right" : "wrong");
    } catch {
      this.#threads.delete(thread);
      resolve("busy");
    } finally {
      clearTimeout(timer);
      this.#served.delete(peer);
      this.#next();
    }
  }

  #started(): PasswordThread {
    const thread = this.#start();
    this.#threads.add(thread);
    return thread;
  }
}
