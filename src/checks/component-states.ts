import { command, note, remedy } from "../catalogue/commands.ts";
import type { ComponentState } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

/** Components that are inactive on every server outside Exchange Online. */
const EXPECTED_INACTIVE = ["forwardsyncdaemon", "provisioningrps"];

export const componentStates: Check = {
  id: "component_states",
  title: "Every server component is active",
  why:
    "A server that comes back from maintenance starts new workers, which is when stale keys cause an outage. " +
    "Components that stay inactive or draining shift its load to other servers. " +
    "ForwardSyncDaemon and ProvisioningRps are inactive on every server outside Exchange Online and are ignored.",
  remedy: remedyFor("<server>", ["ServerWideOffline"]),
  severity: "warning",
  evaluate: (snapshot) =>
    judgeServers(
      snapshot,
      { part: "componentStates", source: "Get-ServerComponentState", rows: snapshot.componentStates },
      judgeComponents,
    ),
};

function judgeComponents(server: string, rows: readonly ComponentState[]): readonly ObjectVerdict[] {
  const states = rows.filter(
    (row) => row.Component !== null && !EXPECTED_INACTIVE.includes(row.Component.toLowerCase()),
  );
  const inactive = states.filter((row) => isKnown(row) && row.State?.toLowerCase() !== "active");
  if (inactive.length > 0)
    return [
      fail(
        server,
        { found: listed(inactive.map(stateText), 4), wanted: "Active" },
        {
          remedy: remedyFor(
            server,
            inactive.map((row) => row.Component ?? ""),
          ),
        },
      ),
    ];
  if (states.length === 0 || !states.every(isKnown))
    return [unknown(server, "the snapshot does not give the state of every component")];
  return [pass(server)];
}

function stateText(row: ComponentState): string {
  return `${row.Component ?? ""} ${row.State ?? ""}`;
}

/**
 * ServerWideOffline keeps the other components inactive, so it is activated first and alone. The others follow, unless
 * someone set them inactive separately.
 */
function remedyFor(server: string, components: readonly string[]): string {
  const isWide = components.some((component) => component.toLowerCase() === "serverwideoffline");
  const first = isWide ? ["ServerWideOffline"] : components.slice(0, 10);
  return remedy(
    note("If the maintenance of this server is over, and its signing keys are not missing in AD:"),
    ...first.map((component) =>
      command("componentActive", server === "<server>" ? { component } : { server, component }),
    ),
    note(
      "Where a component stays down, another requester than Maintenance holds it: LocalStates of Get-ServerComponentState names it",
    ),
    command("showComponents", server === "<server>" ? {} : { server }),
  );
}

/** True for a state name. A number is ambiguous. */
function isKnown(row: ComponentState): boolean {
  // Sample: Active, Inactive, Draining
  return row.State !== null && /^[A-Za-z]+$/.test(row.State);
}
