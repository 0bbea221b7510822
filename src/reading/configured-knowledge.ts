import type { Config } from "../config/config-schema.ts";
import type { LogKnowledge } from "./log-knowledge.ts";
import type { AgentPattern } from "../sources/noise/agent-pattern.ts";
import { classifyPath, createFormats, endOfFile, startOfFile, type EventRule } from "../sources/index.ts";

/** The parts of the configuration that extend the built-in knowledge of logs. Plain data. */
export type KnownByConfiguration = Pick<Config, "reasons" | "events" | "noise">;

/** Built-in knowledge of logs, extended by the configuration. `agents`: the `agentPatterns()` of `config.noise.agents`. */
export function logKnowledge(config: KnownByConfiguration, agents: readonly AgentPattern[]): LogKnowledge {
  const formats = createFormats({
    reasonPatterns: config.reasons,
    eventRules: eventRules(config.events),
    noise: { addresses: config.noise.addresses, agents },
  });
  return { formats, classifyPath, startOfFile, endOfFile };
}

/** The configured event ids as rules. They take precedence over the built-in rules. */
function eventRules({ was, oauth, authAdmin }: Config["events"]): EventRule[] {
  return [
    ...Object.entries(was).map(([id, reason]): EventRule => ({
      provider: "Microsoft-Windows-WAS",
      id: Number(id),
      means: { fact: "worker_recycled", reason },
    })),
    ...Object.entries(oauth).map(([id, name]): EventRule => ({
      provider: "MSExchange OAuth",
      id: Number(id),
      means: { fact: "oauth", name },
    })),
    ...Object.entries(authAdmin).map(([id, name]): EventRule => ({
      provider: "MSExchange AuthAdmin",
      id: Number(id),
      means: { fact: "auth_admin", name },
    })),
  ];
}
