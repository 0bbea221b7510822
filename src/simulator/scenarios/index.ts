import type { Scenario } from "../scenario.ts";
import { abandonedRequests } from "./abandoned-requests.ts";
import { audienceMismatch } from "./audience-mismatch.ts";
import { backEndRejection } from "./backend-rejection.ts";
import { badNode } from "./bad-node.ts";
import { basicBadPasswords } from "./basic-bad-passwords.ts";
import { clockSkew } from "./clock-skew.ts";
import { configChange } from "./config-change.ts";
import { crash } from "./crash.ts";
import { federation } from "./federation.ts";
import { fewRefusals } from "./few-refusals.ts";
import { hiddenClients } from "./hidden-clients.ts";
import { idleGap } from "./idle-gap.ts";
import { iisDiagnostics } from "./iis-diagnostics.ts";
import { iisOnlyUnexplained } from "./iis-only-unexplained.ts";
import { iisOnly } from "./iis-only.ts";
import { junkAfterRecycle } from "./junk-after-recycle.ts";
import { junkTokens } from "./junk-tokens.ts";
import { keysRolled } from "./keys-rolled.ts";
import { loopsInTurn } from "./loops-in-turn.ts";
import { maintenance } from "./maintenance.ts";
import { managedAvailability } from "./managed-availability.ts";
import { metadataUnreachable } from "./metadata-unreachable.ts";
import { mobileAddresses } from "./mobile-addresses.ts";
import { modernAuthNotOffered } from "./modern-auth-not-offered.ts";
import { noReason, noReasonUnexplained } from "./no-reason.ts";
import { ntlmLoops } from "./ntlm-loops.ts";
import { oauthConfiguration } from "./oauth-configuration.ts";
import { onDemand } from "./on-demand.ts";
import { outlookStormIisOnly } from "./outlook-storm-iis-only.ts";
import { outlookStorm } from "./outlook-storm.ts";
import { periodic } from "./periodic.ts";
import { poorIisLog } from "./poor-iis-log.ts";
import { reboot } from "./reboot.ts";
import { recycleWithoutDrift } from "./recycle-without-drift.ts";
import { refusedProbes } from "./refused-probes.ts";
import { rollingMaintenance } from "./rolling-maintenance.ts";
import { shortBurst } from "./short-burst.ts";
import { silentRecycle } from "./silent-recycle.ts";
import { slowRetries } from "./slow-retries.ts";
import { twoClientsOnly } from "./two-clients-only.ts";
import { unexplained } from "./unexplained.ts";
import { unknownIssuer } from "./unknown-issuer.ts";
import { unknownUser } from "./unknown-user.ts";
import { warmedRestart } from "./warmed-restart.ts";

/** Every scenario by name: incidents first, then near misses. */
export const SCENARIOS = {
  "stale-keys-crash": crash,
  "stale-keys-managed-availability": managedAvailability,
  "stale-keys-on-demand": onDemand,
  "stale-keys-config-change": configChange,
  "stale-keys-periodic": periodic,
  "stale-keys-silent": silentRecycle,
  "stale-keys-maintenance": maintenance,
  "warmed-restart": warmedRestart,
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
  "stale-keys-mobile": mobileAddresses,
  "stale-keys-rolling-maintenance": rollingMaintenance,
  "junk-after-recycle": junkAfterRecycle,
  "no-reason": noReason,
  "no-reason-unexplained": noReasonUnexplained,
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
  "hidden-clients": hiddenClients,
  "poor-iis-log": poorIisLog,
  federation,
} as const satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

export const SCENARIO_NAMES: readonly ScenarioName[] = Object.keys(SCENARIOS).filter(isScenarioName);
