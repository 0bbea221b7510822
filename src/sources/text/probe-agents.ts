import { isProbeAgent } from "./noise.ts";

const SLOTS = 256;

/**
 * Remembers which user agents are probes, by their keys, because few agents write most rows. Bounded: an agent takes the place of another
 * with the same low bits. Answers never depend on what is remembered. Part of a schema; read and written while a row is parsed.
 */
export class ProbeAgents {
  private readonly keys = new Float64Array(SLOTS);
  private readonly answers = new Uint8Array(SLOTS);

  /** The user agent `bytes[start, end)`, whose key is `key`, is a probe's. */
  includes(key: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (key === 0) return false;
    const slot = key % SLOTS;
    if (this.keys[slot] !== key) {
      this.keys[slot] = key;
      this.answers[slot] = isProbeAgent(bytes, start, end) ? 1 : 0;
    }
    return this.answers[slot] === 1;
  }
}
