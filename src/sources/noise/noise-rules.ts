import type { AgentPattern } from "./agent-pattern.ts";
import { isInNetwork, parseAddress, parseNetwork } from "./network.ts";

/** What the configuration adds to the built-in marks of noise. */
export interface NoiseOptions {
  /** Networks in CIDR notation, for example those of a load balancer's health monitors. */
  readonly addresses: readonly string[];
  /** Expressions for user agents. */
  readonly agents: readonly AgentPattern[];
}

/** Only this many characters of a user agent are matched. */
const MAX_AGENT_LENGTH = 1_000;

/**
 * Checks one address or user agent at a time; callers cache the answers.
 * @throws Error when an address is not a network in CIDR notation.
 */
export class NoiseRules {
  readonly hasAddresses: boolean;
  readonly hasAgents: boolean;
  readonly #networks;
  readonly #patterns: readonly AgentPattern[];

  constructor({ addresses, agents }: NoiseOptions) {
    this.#networks = addresses.map((text) => {
      const network = parseNetwork(text);
      if (network === null) throw new Error(`Cannot use noise address "${text}": it is no network in CIDR notation`);
      return network;
    });
    this.#patterns = agents;
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
    return this.#patterns.some((pattern) => pattern.isIn(text));
  }
}
