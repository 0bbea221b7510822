import type { Cause } from "../../../src/model/label-values.ts";
import type { ScenarioName } from "../../../src/simulator/scenarios/index.ts";

interface Drill {
  /** Description for the timeline. */
  readonly story: string;
  readonly cause: Cause;
  /** True: AD lacks a published key, and EnableAuthAdminReadSession is off. */
  readonly isExposed: boolean;
}

/** Incidents for a drill. All affect the MAPI front end of EX01. */
export const DRILLS = {
  "stale-keys-crash": {
    story: "the MAPI worker of EX01 crashes; Entra ID rolled its keys two hours ago, and AD has not got them",
    cause: "stale_keys_after_recycle",
    isExposed: true,
  },
  "stale-keys-on-demand": {
    story:
      "somebody recycles the MAPI app pool of EX01; Entra ID rolled its keys two hours ago, and AD has not got them",
    cause: "stale_keys_after_recycle",
    isExposed: true,
  },
  "stale-keys-managed-availability": {
    story:
      "managed availability recycles the MAPI app pool of EX01; Entra ID rolled its keys two hours ago, and AD has not got them",
    cause: "stale_keys_after_recycle",
    isExposed: true,
  },
  "audience-mismatch": {
    story: "the balancer sends clients of EX01 to another host name than their tokens are for",
    cause: "audience_mismatch",
    isExposed: false,
  },
} as const satisfies Partial<Record<ScenarioName, Drill>>;
export type DrillName = keyof typeof DRILLS;

export function isDrillName(name: string): name is DrillName {
  return Object.hasOwn(DRILLS, name);
}
