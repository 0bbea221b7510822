import { PROTOCOLS, type Protocol } from "../../model/label-values.ts";

/** Ten seconds: so near to each other the rows of IIS and of HttpProxy tell of one request. */
const STEP_MS = 10_000;
/** Six hours. */
const MAX_STEPS = 2_160;

interface Ring {
  /** Number of the step that stands there. */
  readonly steps: Int32Array;
  /** Which answers the log shows in it, one bit each. */
  readonly answers: Uint8Array;
}

/**
 * In which ten seconds the HttpProxy log of a protocol has rows of which answers: served, 401, or another. A row of IIS that has no
 * request id is one of these requests where there is such a row in its step or in one beside it. The same for any order of rows, over six
 * hours. 11 KB a protocol.
 */
export class ProxyCoverage {
  readonly #rings = new Map<Protocol, Ring>();

  /** Notes a row of HttpProxy. */
  note(protocol: Protocol, status: number, atMs: number): void {
    this.#add(protocol, stepOf(atMs), answerOf(status));
  }

  /** HttpProxy shows an answer of that kind about that time. */
  covers(protocol: Protocol, status: number, atMs: number): boolean {
    const ring = this.#rings.get(protocol);
    if (ring === undefined) return false;
    const [step, answer] = [stepOf(atMs), answerOf(status)];
    return [step - 1, step, step + 1].some((one) => {
      const slot = one % MAX_STEPS;
      return ring.steps[slot] === one && ((ring.answers[slot] ?? 0) & answer) !== 0;
    });
  }

  /** Protocol, step and answers of each step that is known. */
  dump(): [protocol: Protocol, step: number, answers: number][] {
    return [...this.#rings].flatMap(([protocol, { steps, answers }]) =>
      [...steps.entries()].flatMap(([slot, step]): [Protocol, number, number][] =>
        step === 0 ? [] : [[protocol, step, answers[slot] ?? 0]],
      ),
    );
  }

  restore(dump: ReturnType<ProxyCoverage["dump"]>): void {
    for (const [protocol, step, answers] of dump) if (PROTOCOLS.includes(protocol)) this.#add(protocol, step, answers);
  }

  #add(protocol: Protocol, step: number, answers: number): void {
    let ring = this.#rings.get(protocol);
    if (ring === undefined) {
      ring = { steps: new Int32Array(MAX_STEPS), answers: new Uint8Array(MAX_STEPS) };
      this.#rings.set(protocol, ring);
    }
    const slot = step % MAX_STEPS;
    const known = ring.steps[slot] ?? 0;
    if (known > step) return;
    ring.answers[slot] = known === step ? (ring.answers[slot] ?? 0) | answers : answers;
    ring.steps[slot] = step;
  }
}

/** The number of the ten seconds since 1970 that hold the instant; at least 1. */
export function stepOf(atMs: number): number {
  return Math.max(1, Math.floor(atMs / STEP_MS));
}

function answerOf(status: number): number {
  if (status === 401) return 2;
  return status >= 200 && status < 400 ? 1 : 4;
}
