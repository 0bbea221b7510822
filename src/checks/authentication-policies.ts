import { command, remedy } from "../catalogue/commands.ts";
import type { AuthenticationPolicy, Snapshot } from "../model/snapshot/snapshot.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";

export const authenticationPolicies: Check = {
  id: "authentication_policies",
  title: "No authentication policy blocks modern authentication",
  why:
    "A policy with BlockModernAuth… (2019 CU13, SE) refuses the tokens of its users for that protocol, which " +
    "looks like partly enabled modern authentication. The default policy applies to all users " +
    "without a policy of their own.",
  remedy: remedy(command("showPolicies"), command("unblockModernAuth")),
  severity: "warning",
  severityNote: "critical for the organisation's default policy",
  evaluate: (snapshot) => {
    const policies = snapshot.authenticationPolicies;
    if (policies === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "authenticationPolicies", "Get-AuthenticationPolicy"))];
    return policies.length === 0 ? [pass(ORGANISATION)] : policies.map((policy) => judge(policy, snapshot));
  },
};

function judge(policy: AuthenticationPolicy, snapshot: Snapshot): ObjectVerdict {
  const name = policy.Name || "(unnamed)";
  const flags = flagsOf(policy);
  const blocked = flags.flatMap(([protocol, isBlocked]) => (isBlocked === true ? [protocol] : []));
  if (blocked.length > 0) {
    const isDefault = snapshot.organizationConfig?.DefaultAuthenticationPolicy?.toLowerCase() === name.toLowerCase();
    return fail(
      name,
      { found: `blocks ${listed(blocked)}${isDefault ? ", and is the default" : ""}`, wanted: "blocks none" },
      {
        remedy: remedy(command("unblockModernAuth", { policy: name }), command("showPolicies")),
        ...(isDefault ? { severity: "critical" } : {}),
      },
    );
  }
  if (flags.some(([, isBlocked]) => isBlocked === null))
    return unknown(name, "the snapshot does not give every BlockModernAuth flag of this policy");
  return pass(name);
}

function flagsOf(policy: AuthenticationPolicy): readonly (readonly [string, boolean | null])[] {
  return [
    ["MAPI", policy.BlockModernAuthMapi],
    ["ActiveSync", policy.BlockModernAuthActiveSync],
    ["Autodiscover", policy.BlockModernAuthAutodiscover],
    ["EWS", policy.BlockModernAuthWebServices],
    ["OAB", policy.BlockModernAuthOfflineAddressBook],
    ["RPC", policy.BlockModernAuthRpc],
  ];
}
