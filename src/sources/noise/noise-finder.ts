import { isEveryAddress, isOwnAddress } from "../text/address.ts";
import { isProbeAgent } from "../text/noise.ts";
import type { NoiseRules } from "./noise-rules.ts";

const AGENT_SLOTS = 256;
const MAX_ADDRESSES = 4_096;

/**
 * Decides whether a caller or a user agent is noise, by the built-in marks and the configured ones. Few agents and
 * addresses write most rows, so answers are cached, up to a fixed number; the cache never changes an answer. All
 * formats of one reader share one instance.
 */
export class NoiseFinder {
  readonly rules: NoiseRules;
  readonly #agentKeys = new Float64Array(AGENT_SLOTS);
  readonly #agentAnswers = new Uint8Array(AGENT_SLOTS);
  readonly #addresses = new Map<string, boolean>();

  constructor(rules: NoiseRules) {
    this.rules = rules;
  }

  /**
   * True when the user agent `bytes[start, end)`, whose key is `key`, belongs to a health probe or is configured as
   * noise.
   */
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

  /** True when every address in the field is the server's own or in a configured network. False for an absent field. */
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
