import { isEveryAddress, isOwnAddress } from "../text/address.ts";
import { isProbeAgent } from "../text/noise.ts";
import type { NoiseRules } from "./noise-rules.ts";

const AGENT_SLOTS = 256;
const MAX_ADDRESSES = 4_096;

/**
 * Tells callers and user agents that are noise, by the built-in marks and those of the configuration. Few agents and addresses write most
 * rows, so that answers are remembered, in a bounded number; they never depend on what is remembered. One for all formats of a reading.
 */
export class NoiseFinder {
  readonly rules: NoiseRules;
  readonly #agentKeys = new Float64Array(AGENT_SLOTS);
  readonly #agentAnswers = new Uint8Array(AGENT_SLOTS);
  readonly #addresses = new Map<string, boolean>();

  constructor(rules: NoiseRules) {
    this.rules = rules;
  }

  /** The user agent `bytes[start, end)`, whose key is `key`, is a probe's. */
  isAgent(key: number, bytes: Buffer, start: number, end: number): boolean {
    if (key === 0) return false;
    const slot = key % AGENT_SLOTS;
    if (this.#agentKeys[slot] !== key) {
      this.#agentKeys[slot] = key;
      const isNoise = isProbeAgent(bytes, start, end) || this.rules.isAgent(bytes.toString("latin1", start, end));
      this.#agentAnswers[slot] = isNoise ? 1 : 0;
    }
    return this.#agentAnswers[slot] === 1;
  }

  /** Every address that the field names is the server's own or of the configured networks. False for an absent field. */
  isCaller(bytes: Buffer, start: number, end: number): boolean {
    return isEveryAddress(
      bytes,
      start,
      end,
      (from, to) => isOwnAddress(bytes, from, to) || this.#isNoise(bytes, from, to),
    );
  }

  #isNoise(bytes: Buffer, from: number, to: number): boolean {
    if (!this.rules.hasAddresses) return false;
    const text = bytes.toString("latin1", from, to);
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    const isNoise = this.rules.isAddress(text);
    if (this.#addresses.size >= MAX_ADDRESSES) this.#addresses.clear();
    this.#addresses.set(text, isNoise);
    return isNoise;
  }
}
