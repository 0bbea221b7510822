import type { ComponentState } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

/** Inactive on every server outside of Exchange Online. */
const EXPECTED_INACTIVE = ["forwardsyncdaemon", "provisioningrps"];

export const componentStates: Check = {
  id: "component_states",
  title: "Every server component is active",
  why:
    "A server that comes back from maintenance starts new workers: that is when stale keys hurt. Components that stay inactive or draining leave its load to the others. " +
    "ForwardSyncDaemon and ProvisioningRps are inactive on every server outside of Exchange Online and are left out.",
  remedy:
    "Set-ServerComponentState '<server>' -Component <component> -State Active -Requester Maintenance (or the requester that Get-ServerComponentState shows)",
  severity: "warning",
  evaluate: (snapshot) =>
    judgeServers(
      snapshot,
      { part: "componentStates", source: "Get-ServerComponentState", rows: snapshot.componentStates },
      judge,
    ),
};

function judge(server: string, rows: readonly ComponentState[]): readonly ObjectVerdict[] {
  const states = rows.filter(
    (row) => row.Component !== null && !EXPECTED_INACTIVE.includes(row.Component.toLowerCase()),
  );
  const inactive = states
    .filter((row) => isKnown(row) && row.State?.toLowerCase() !== "active")
    .map((row) => `${row.Component ?? ""} ${row.State ?? ""}`);
  if (inactive.length > 0) return [fail(server, { found: listed(inactive, 4), wanted: "Active" })];
  if (states.length === 0 || !states.every(isKnown))
    return [unknown(server, "the snapshot does not give the state of every component")];
  return [pass(server)];
}

/** A state by name; a number could be any of them. */
function isKnown(row: ComponentState): boolean {
  // Sample: Active, Inactive, Draining
  return row.State !== null && /^[A-Za-z]+$/.test(row.State);
}
