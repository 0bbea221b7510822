import type { PasswordQuestion } from "./compare-password.ts";
import { startPasswordThread, type PasswordThread } from "./start-password-thread.ts";

/** Threads that compare. One client has one of them at most, so that a second client need not wait for the first. */
const THREADS = 2;
/** Questions of one client that may wait. */
const MAX_WAITING_EACH = 4;
/** Questions of all clients that may wait. */
const MAX_WAITING = 512;
/** A comparison that takes longer (a hash of enormous cost) is given up with its thread. ms */
const MAX_MS = 30_000;

interface Waiting {
  readonly question: PasswordQuestion;
  readonly resolve: (answer: PasswordAnswer) => void;
}

/** `busy`: too many questions of this client wait, or the comparison took too long. */
export type PasswordAnswer = "right" | "wrong" | "busy";

/** Compares passwords off the event loop; clients take turns, so that the guesses of one do not keep another one out. */
export class PasswordQueue {
  /** Clients with waiting questions, the next one first. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #served = new Set<string>();
  readonly #idle: PasswordThread[] = [];
  readonly #threads = new Set<PasswordThread>();
  readonly #start: () => PasswordThread;
  #total = 0;

  constructor(start: () => PasswordThread = startPasswordThread) {
    this.#start = start;
  }

  /** Never rejects. `peer` as `peerOf()` gives it. */
  ask(peer: string, question: PasswordQuestion): Promise<PasswordAnswer> {
    const own = this.#waiting.get(peer) ?? [];
    if (own.length >= MAX_WAITING_EACH || this.#total >= MAX_WAITING) return Promise.resolve("busy");
    return new Promise((resolve) => {
      this.#waiting.set(peer, [...own, { question, resolve }]);
      this.#total++;
      this.#next();
    });
  }

  /** Ends the threads; what waits is answered with `busy`. */
  async close(): Promise<void> {
    for (const { resolve } of [...this.#waiting.values()].flat()) resolve("busy");
    this.#waiting.clear();
    this.#total = 0;
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  /** Gives free threads to the clients whose turn it is. */
  #next(): void {
    while (this.#served.size < THREADS) {
      const turn = [...this.#waiting].find(([peer]) => !this.#served.has(peer));
      const [first] = turn?.[1] ?? [];
      if (turn === undefined || first === undefined) return;
      const [peer, own] = turn;
      this.#waiting.delete(peer);
      // To the end of the line with what is left.
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
