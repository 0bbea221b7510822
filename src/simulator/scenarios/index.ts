import type { Scenario } from "../scenario.ts";
import { abandonedRequests } from "./abandoned-requests.ts";
import { badNode } from "./bad-node.ts";
import { crash } from "./crash.ts";
import { idleGap } from "./idle-gap.ts";
import { iisDiagnostics, iisOnly, iisOnlyUnexplained } from "./iis-only.ts";
import { keysRolled } from "./keys-rolled.ts";
import { managedAvailability } from "./managed-availability.ts";
import { metadataUnreachable } from "./metadata-unreachable.ts";
import {
  basicBadPasswords, fewRefusals, loopsInTurn, ntlmLoops, outlookStorm, outlookStormIisOnly, recycleWithoutDrift, refusedProbes, shortBurst,
  slowRetries, twoClientsOnly,
} from "./near-misses.ts";
import {
  audienceMismatch, backEndRejection, clockSkew, junkTokens, modernAuthNotOffered, oauthConfiguration, unexplained, unknownIssuer, unknownUser,
} from "./refused-for-a-reason.ts";
import { silentRecycle } from "./silent-recycle.ts";
import { configChange, onDemand, periodic } from "./wanted-recycle.ts";
import { maintenance, reboot } from "./whole-server.ts";

/** Every scenario by its name: incidents first, then near misses. */
export const SCENARIOS = {
  "stale-keys-crash": crash,
  "stale-keys-managed-availability": managedAvailability,
  "stale-keys-on-demand": onDemand,
  "stale-keys-config-change": configChange,
  "stale-keys-periodic": periodic,
  "stale-keys-silent": silentRecycle,
  "stale-keys-maintenance": maintenance,
  "stale-keys-reboot": reboot,
  "stale-keys-idle-gap": idleGap,
  "stale-keys-abandoned-requests": abandonedRequests,
  "stale-keys-bad-node": badNode,
  "stale-keys-everywhere": keysRolled,
  "metadata-unreachable": metadataUnreachable,
  "audience-mismatch": audienceMismatch,
  "modern-auth-not-offered": modernAuthNotOffered,
  "clock-skew": clockSkew,
  "unknown-issuer": unknownIssuer,
  "unknown-user": unknownUser,
  "backend-rejection": backEndRejection,
  "oauth-configuration": oauthConfiguration,
  "junk-tokens": junkTokens,
  unexplained,
  "iis-only": iisOnly,
  "iis-only-unexplained": iisOnlyUnexplained,
  "iis-diagnostics": iisDiagnostics,
  "outlook-storm": outlookStorm,
  "outlook-storm-iis-only": outlookStormIisOnly,
  "ntlm-loops": ntlmLoops,
  "basic-bad-passwords": basicBadPasswords,
  "two-clients-only": twoClientsOnly,
  "short-burst": shortBurst,
  "few-refusals": fewRefusals,
  "slow-retries": slowRetries,
  "loops-in-turn": loopsInTurn,
  "recycle-without-drift": recycleWithoutDrift,
  "refused-probes": refusedProbes,
} as const satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS).filter(isScenarioName);
