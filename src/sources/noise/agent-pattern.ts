import { RE2JS } from "re2js";

/** Finds a configured expression in a user agent. */
export interface AgentPattern {
  /** True when the expression matches anywhere in the text, ignoring case. */
  readonly isIn: (text: string) => boolean;
}

/**
 * Compiles expressions that run in linear time (RE2), whatever the pattern and whatever a client sends. In a module of its own, because
 * loading the package takes longer than compiling this program's own code: `analyze` loads it only when there is an expression.
 * @throws Error when an expression is invalid.
 */
export function agentPatterns(texts: readonly string[]): readonly AgentPattern[] {
  return texts.map((text) => {
    const pattern = RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
    return { isIn: (agent) => pattern.matcher(agent).find() };
  });
}

/** True when `agentPatterns` accepts the expression. */
export function isAgentPattern(text: string): boolean {
  try {
    agentPatterns([text]);
    return true;
  } catch {
    return false;
  }
}
