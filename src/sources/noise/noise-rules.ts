import { RE2JS } from "re2js";
import { isInNetwork, parseAddress, parseNetwork } from "./network.ts";

/** What the configuration adds to the built-in marks of noise. */
export interface NoiseOptions {
  /** Networks in CIDR notation, for example those of a load balancer's health monitors. */
  readonly addresses: readonly string[];
  /** Regular expressions, matched anywhere in a user agent, ignoring case. */
  readonly agents: readonly string[];
}

/** Only this many characters of a user agent are matched. */
const MAX_AGENT_LENGTH = 1_000;

/**
 * Checks one address or user agent at a time; callers cache the answers. The expressions run in linear time (RE2),
 * whatever the pattern and whatever a client sends.
 * @throws Error when an address is not a network in CIDR notation, or an expression is invalid.
 */
export class NoiseRules {
  readonly hasAddresses: boolean;
  readonly hasAgents: boolean;
  readonly #networks;
  readonly #patterns;

  constructor({ addresses, agents }: NoiseOptions) {
    this.#networks = addresses.map((text) => {
      const network = parseNetwork(text);
      if (network === null) throw new Error(`Cannot use noise address "${text}": it is no network in CIDR notation`);
      return network;
    });
    this.#patterns = agents.map((text) => RE2JS.compile(text, RE2JS.CASE_INSENSITIVE));
    this.hasAddresses = addresses.length > 0;
    this.hasAgents = agents.length > 0;
  }

  /** True when `text`, an address without port, brackets and zone, is in one of the networks. */
  isAddress(text: string): boolean {
    if (!this.hasAddresses) return false;
    const address = parseAddress(text);
    return address !== null && this.#networks.some((network) => isInNetwork(address, network));
  }

  /**
   * True when one of the expressions matches the agent. `+` (IIS) and `,` are read as blanks first, because logs write
   * blanks this way.
   */
  isAgent(agent: string): boolean {
    if (!this.hasAgents) return false;
    const text = agent.slice(0, MAX_AGENT_LENGTH).replace(/[+,]/g, " ");
    return this.#patterns.some((pattern) => pattern.matcher(text).find());
  }
}

/** True when `NoiseRules` accepts the expression. */
export function isAgentPattern(text: string): boolean {
  try {
    RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
    return true;
  } catch {
    return false;
  }
}
