import type { RecycleReason } from "../../model/label-values.ts";
import { AUTH_ADMIN_EVENTS, OAUTH_EVENTS } from "../../model/row.ts";
import type { AuthAdminEventName, OAuthEventName } from "../../model/row.ts";

/**
 * Meaning of each Windows event. Event ids occur only in this file; the configuration can add rules and replace these.
 */

export type EventMeaning =
  | { readonly fact: "worker_recycled"; readonly reason: RecycleReason }
  /**
   * The worker process reports itself unhealthy and will be replaced. Counts as a plain note when the event names no
   * app pool.
   */
  | { readonly fact: "worker_unhealthy" }
  /** A recovery action of Managed Availability; the event itself says which one. */
  | { readonly fact: "recovery_action"; readonly phase: "begun" | "completed" }
  | { readonly fact: "system_boot" }
  | { readonly fact: "iis_reset" }
  /** A service changed its state. When W3SVC or WAS starts running, this is an IIS reset. */
  | { readonly fact: "service_state" }
  | { readonly fact: "oauth"; readonly name: OAuthEventName }
  | { readonly fact: "auth_admin"; readonly name: AuthAdminEventName }
  | { readonly fact: "noted" }
  /** Removes a built-in rule. */
  | { readonly fact: "nothing" };

export interface EventRule {
  /** Name or EventSourceName of the provider, in any case. */
  readonly provider: string;
  readonly id: number;
  readonly means: EventMeaning;
  /** Only events of a channel whose name ends with this; any channel when absent. */
  readonly channel?: string;
}

/**
 * Name of a provider in evidence. A provider that is not listed appears under its own name, provided that a rule names
 * it.
 */
export const PROVIDER_LABELS: ReadonlyMap<string, string> = new Map([
  ["microsoft-windows-was", "WAS"],
  ["was", "WAS"],
  ["microsoft-windows-iis-w3svc-wp", "W3SVC-WP"],
  ["microsoft-exchange-managedavailability", "Managed Availability"],
  ["microsoft-windows-kernel-general", "Kernel-General"],
  ["microsoft-windows-iis-iisreset", "IISReset"],
  ["iis-iisreset", "IISReset"],
]);

const WAS_RECYCLES: readonly (readonly [RecycleReason, readonly number[]])[] = [
  ["periodic", [5074, 5075, 5076]],
  ["memory", [5077, 5117]],
  ["on_demand", [5079]],
  ["config_change", [5080, 5081]],
  ["idle", [5186]],
  // 5127: WAS no longer trusts the worker process and ends it.
  ["crash", [5009, 5010, 5011, 5127]],
  // 5078: an ISAPI extension reported itself unhealthy. No other recycle reason fits.
  ["unknown", [5078]],
];

/**
 * Slow start, slow stop, pool disabled, failed recycle, channel failures. They appear as evidence, but no worker is
 * replaced.
 */
const WAS_NOTED = [5002, 5012, 5013, 5021, 5057, 5059, 5070, 5093, 5138, 5139] as const;

/** Older systems write only the source name. */
const WAS_PROVIDERS = ["Microsoft-Windows-WAS", "WAS"] as const;
const WORKER_PROVIDERS = ["Microsoft-Windows-IIS-W3SVC-WP", "W3SVC-WP"] as const;
const MANAGED_AVAILABILITY = "Microsoft-Exchange-ManagedAvailability";
/** The channel `RecoveryActionLogs` uses the same ids for attempts, including throttled ones. */
const RECOVERY_RESULTS = "RecoveryActionResults";
const IIS_RESET_PROVIDERS = ["Microsoft-Windows-IIS-IISReset", "IIS-IISReset"] as const;
const IIS_RESET_IDS = [3201, 3202, 3203, 3204, 3205, 3206] as const;

export const BUILT_IN_EVENT_RULES: readonly EventRule[] = [
  ...WAS_RECYCLES.flatMap(([reason, ids]) =>
    WAS_PROVIDERS.flatMap((provider) => rulesFor(provider, ids, { fact: "worker_recycled", reason })),
  ),
  ...WAS_PROVIDERS.flatMap((provider) => rulesFor(provider, WAS_NOTED, { fact: "noted" })),
  ...WORKER_PROVIDERS.flatMap((provider) => rulesFor(provider, [2299], { fact: "worker_unhealthy" })),
  {
    provider: MANAGED_AVAILABILITY,
    id: 500,
    channel: RECOVERY_RESULTS,
    means: { fact: "recovery_action", phase: "begun" },
  },
  {
    provider: MANAGED_AVAILABILITY,
    id: 501,
    channel: RECOVERY_RESULTS,
    means: { fact: "recovery_action", phase: "completed" },
  },
  { provider: "Microsoft-Windows-Kernel-General", id: 12, means: { fact: "system_boot" } },
  { provider: "EventLog", id: 6005, means: { fact: "system_boot" } },
  { provider: "Service Control Manager", id: 7036, means: { fact: "service_state" } },
  ...IIS_RESET_PROVIDERS.flatMap((provider) => rulesFor(provider, IIS_RESET_IDS, { fact: "iis_reset" })),
  // Both lists of names start at event id 2001.
  ...OAUTH_EVENTS.map((name, ordinal): EventRule => ({
    provider: "MSExchange OAuth",
    id: 2001 + ordinal,
    means: { fact: "oauth", name },
  })),
  ...AUTH_ADMIN_EVENTS.map((name, ordinal): EventRule => ({
    provider: "MSExchange AuthAdmin",
    id: 2001 + ordinal,
    means: { fact: "auth_admin", name },
  })),
  { provider: "MSExchange Front End HTTPS Proxy", id: 1003, means: { fact: "noted" } },
];

/** Rules by `ruleKey`. */
export type EventRules = ReadonlyMap<string, EventRule>;

/** The built-in rules plus `extra`. When two rules have the same provider and id, the later one wins. */
export function eventRules(extra: readonly EventRule[] = []): EventRules {
  return new Map([...BUILT_IN_EVENT_RULES, ...extra].map((rule) => [ruleKey(rule.provider, rule.id), rule]));
}

export function ruleKey(provider: string, id: number): string {
  return `${provider.toLowerCase()} ${id}`;
}

function rulesFor(provider: string, ids: readonly number[], means: EventMeaning): EventRule[] {
  return ids.map((id) => ({ provider, id, means }));
}
