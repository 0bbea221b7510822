import { RE2JS } from "re2js";
import { isInNetwork, parseAddress, parseNetwork } from "./network.ts";

/** What a configuration calls noise besides the built-in marks. */
export interface NoiseOptions {
  /** Networks in CIDR notation: a balancer's monitors. */
  readonly addresses: readonly string[];
  /** Regular expressions, found anywhere in a user agent, in any case. */
  readonly agents: readonly string[];
}

/** Longer user agents are looked at so far. */
const MAX_AGENT_LENGTH = 1_000;

/**
 * Answers for one address or user agent at a time; callers remember the answers. Expressions run in time linear in the agent (RE2),
 * whatever they are and whatever a client sends.
 * @throws Error when a network or an expression is none.
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

  /** `text` is an address of one of the networks, without port, brackets and zone. */
  isAddress(text: string): boolean {
    if (!this.hasAddresses) return false;
    const address = parseAddress(text);
    return address !== null && this.#networks.some((network) => isInNetwork(address, network));
  }

  /** One of the expressions is found in the agent, in which `+` and `,` stand for blanks as one log or the other writes them. */
  isAgent(agent: string): boolean {
    if (!this.hasAgents) return false;
    const text = agent.slice(0, MAX_AGENT_LENGTH).replace(/[+,]/g, " ");
    return this.#patterns.some((pattern) => pattern.matcher(text).find());
  }
}

/** The text is an expression that `NoiseRules` takes. */
export function isAgentPattern(text: string): boolean {
  try {
    RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
    return true;
  } catch {
    return false;
  }
}
