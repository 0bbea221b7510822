import type { Scenario } from "../scenario.ts";
import { crash } from "./crash.ts";

/** Every scenario by its name. */
export const SCENARIOS = {
  "stale-keys-crash": crash,
} as const satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
