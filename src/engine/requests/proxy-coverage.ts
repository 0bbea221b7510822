import { PROTOCOLS, type Protocol } from "../../model/label-values.ts";

/** Ten seconds: the rows of IIS and of HttpProxy for one request are at most about this far apart. */
const STEP_MS = 10_000;
/** Six hours of steps. */
const MAX_STEPS = 2_160;

interface Ring {
  /** Number of the step in each slot. */
  readonly steps: Int32Array;
  /** Kinds of answers that the log has in that step, one bit each. */
  readonly answers: Uint8Array;
}

/**
 * Which kinds of answers (served, 401, other) the HttpProxy log of a protocol has in which ten seconds, over six hours. An IIS row without
 * a request id belongs to an HttpProxy row if there is one with the same kind of answer in its step or a neighbouring step. The result
 * does not depend on the order of rows. 11 KB per protocol.
 */
export class ProxyCoverage {
  readonly #rings = new Map<Protocol, Ring>();

  /** Notes a row of HttpProxy. */
  note(protocol: Protocol, status: number, atMs: number): void {
    this.#add(protocol, stepOf(atMs), answerOf(status));
  }

  /** Whether HttpProxy has an answer of the same kind at about that time (Unix ms). */
  covers(protocol: Protocol, status: number, atMs: number): boolean {
    const ring = this.#rings.get(protocol);
    if (ring === undefined) return false;
    const [step, answer] = [stepOf(atMs), answerOf(status)];
    return [step - 1, step, step + 1].some((one) => {
      const slot = one % MAX_STEPS;
      return ring.steps[slot] === one && ((ring.answers[slot] ?? 0) & answer) !== 0;
    });
  }

  /** Protocol, step and answers of each step with rows. */
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

/** Number of the ten-second step that contains the time (Unix ms), counted from 1970; at least 1. */
export function stepOf(atMs: number): number {
  return Math.max(1, Math.floor(atMs / STEP_MS));
}

function answerOf(status: number): number {
  if (status === 401) return 2;
  return status >= 200 && status < 400 ? 1 : 4;
}
