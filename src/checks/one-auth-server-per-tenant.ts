import { command, note, remedy } from "../catalogue/commands.ts";
import { tenantOf } from "../model/snapshot/snapshot-facts.ts";
import type { AuthServer } from "../model/snapshot/snapshot.ts";
import { evoStsServers, likeliest, nameOf, outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";

export const oneAuthServerPerTenant: Check = {
  id: "one_auth_server_per_tenant",
  title: "Each tenant has one enabled AuthServer of Entra ID",
  why:
    "Two enabled AuthServers of one tenant have separate keys: it is uncertain which one is used for a token, " +
    "and workers refuse the token when that one was not refreshed. An old EvoSTS beside 'EvoSts - <guid>' was " +
    "left by " +
    "an older Hybrid Configuration Wizard. Several tenants with one each are fine.",
  remedy: remedy(
    note("Disable the duplicate, and remove it when nothing misses it:"),
    command("authServerOff"),
    command("removeAuthServer"),
  ),
  severity: "warning",
  evaluate: (snapshot) => {
    const servers = evoStsServers(snapshot)?.filter((server) => server.Enabled !== false) ?? null;
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    if (signsInByAdfs(snapshot)) return [outOfScopeByAdfs()];
    if (servers.length === 0) return [unknown(ORGANISATION, "there is no enabled AuthServer of Entra ID to judge")];
    return [judge(servers)];
  },
};

function judge(servers: readonly AuthServer[]): ObjectVerdict {
  const byTenant = Map.groupBy(servers, tenantOf);
  const duplicates = [...byTenant].flatMap(([tenant, group]) => (tenant !== "" && group.length > 1 ? [group] : []));
  const [group] = duplicates;
  if (group !== undefined) return duplicated(group);
  if (servers.length > 1 && byTenant.has(""))
    return unknown(ORGANISATION, "neither Realm nor IssuerIdentifier of every AuthServer names its tenant");
  return pass(ORGANISATION);
}

function duplicated(group: readonly AuthServer[]): ObjectVerdict {
  const isDefault = group.filter((server) => server.IsDefaultAuthorizationEndpoint === true);
  const kept = likeliest(isDefault.length > 0 ? isDefault : group);
  const others = group.filter((server) => server !== kept).slice(0, 4);
  return fail(
    ORGANISATION,
    {
      found: `${group.length} of one tenant: ${listed(group.map(nameOf), 4)}`,
      wanted: "one enabled AuthServer a tenant",
    },
    {
      remedy: remedy(
        ...others.map((server) => command("authServerOff", { AuthServer: nameOf(server) })),
        command("showAuthServers"),
        note("When nothing misses it for some days:"),
        ...others.map((server) => command("removeAuthServer", { AuthServer: nameOf(server) })),
      ),
    },
  );
}
