import { command } from "../catalogue/commands.ts";
import { isAtLeast } from "../model/snapshot/exchange-build.ts";
import type { AuthServer, Snapshot } from "../model/snapshot/snapshot.ts";
import { evoStsServers, nameOf, outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { allBuilds } from "./servers.ts";

export const evoStsDomain: Check = {
  id: "evosts_domain",
  title: "The AuthServer of Entra ID names its tenant's domain (DomainName)",
  why:
    "From 2016 CU18 and 2019 CU7 on, an object named 'EvoSts - <guid>' serves the domains it lists. A domain " +
    "that is not listed is refused with 4000000 " +
    "(Flighting is not enabled for domain). The older object named EvoSTS serves them all.",
  remedy: command("authServerDomain"),
  severity: "warning",
  evaluate: (snapshot, context) => {
    const servers = evoStsServers(snapshot)?.filter((server) => server.Enabled !== false) ?? null;
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    if (signsInByAdfs(snapshot)) return [outOfScopeByAdfs()];
    if (servers.length === 0) return [unknown(ORGANISATION, "there is no enabled AuthServer of Entra ID to judge")];
    return servers.map((server) => judgeAuthServer(server, snapshot, context));
  },
};

function judgeAuthServer(server: AuthServer, snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  const name = nameOf(server);
  if (server.DomainName !== null && server.DomainName.length > 0) return pass(name);
  if (name.toLowerCase() === "evosts") return pass(name);
  const builds = allBuilds(snapshot);
  if (builds !== null && !builds.some((build) => isAtLeast(build, context.builds.authServerDomainName))) {
    return unknown(name, "DomainName exists from 2016 CU18 and 2019 CU7 on, and every server is older");
  }
  if (server.DomainName === null) return unknown(name, "the snapshot does not give DomainName of this AuthServer");
  return fail(
    name,
    { found: "no domain", wanted: "the tenant's domain" },
    { remedy: command("authServerDomain", { AuthServer: name }) },
  );
}
