import { command, note, remedy } from "../catalogue/commands.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { evoStsServers, signsInByAdfs, outOfScopeByAdfs } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { hasUpdate, nameOfServer } from "./servers.ts";
import { isEnabled, limitOf, overridesOf } from "./setting-overrides.ts";

export const hybridGraphRouting: Check = {
  id: "hybrid_graph_routing",
  title: "Hybrid calls to Exchange Online go by Microsoft Graph",
  why:
    "Exchange Online turns EWS off for good on 1 April 2027 (and asks for EwsAllowedAppIDs from 10 October " +
    "2026): free/busy, MailTips and photos across the two sides then need Microsoft Graph, which Subscription " +
    "Edition " +
    "has from 15.2.2562.41 on; 2016 and 2019 lose them. World-wide cloud only. Bearer tokens to EWS on premises are not touched.",
  remedy: remedy(
    note(
      "On Subscription Edition 15.2.2562.41 or later on every server, with the dedicated hybrid application and its consent for Graph:",
    ),
    command("configureHybridApp"),
    command("graphOverride"),
    command("refreshOverrides"),
  ),
  severity: "info",
  evaluate: (snapshot, context) => [judge(snapshot, context)],
};

function judge(snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  if (signsInByAdfs(snapshot)) return outOfScopeByAdfs();
  if (snapshot.hybridConfiguration === null)
    return unknown(ORGANISATION, notCollected(snapshot, "hybridConfiguration", "Get-HybridConfiguration"));
  if (snapshot.hybridConfiguration.length === 0) return pass(ORGANISATION);
  if (isNationalCloud(snapshot)) return unknown(ORGANISATION, "Graph routing exists in the world-wide cloud alone");
  if (snapshot.settingOverrides === null)
    return unknown(ORGANISATION, notCollected(snapshot, "settingOverrides", "Get-SettingOverride"));
  return judgeBuilds(snapshot, context) ?? judgeOverride(snapshot);
}

function judgeBuilds(snapshot: Snapshot, context: CheckContext): ObjectVerdict | null {
  const floors = context.builds.graphRouting;
  const tooOld = (snapshot.exchangeServers ?? []).filter((server) => hasUpdate(server, floors) === false);
  if (tooOld.length === 0) return null;
  const found = `${listed(tooOld.map(nameOfServer), 4)} older than 15.2.2562.41`;
  return failed(found);
}

function judgeOverride(snapshot: Snapshot): ObjectVerdict {
  const matching = overridesOf(snapshot.settingOverrides ?? [], "SettingOverride", "RouteThroughMSGraph");
  const enabled = matching.find((override) => isEnabled(override) === true);
  if (enabled === undefined) {
    if (matching.some((override) => isEnabled(override) === null))
      return unknown(ORGANISATION, "the snapshot does not give the Parameters of the override");
    return failed(matching.length === 0 ? "no override RouteThroughMSGraph" : "the override is not enabled");
  }
  const limit = limitOf(enabled, snapshot);
  if (limit !== null && limit !== "") return failed(`the override holds ${limit}`);
  const servers = (evoStsServers(snapshot) ?? []).filter((server) => server.Enabled !== false);
  if (servers.some((server) => (server.GraphBaseUrl ?? "") !== "")) return pass(ORGANISATION);
  if (servers.length === 0 || servers.some((server) => server.GraphBaseUrl === null))
    return unknown(ORGANISATION, "GraphBaseUrl of the AuthServer of Entra ID is not known");
  return failed("no GraphBaseUrl at the AuthServer of Entra ID");
}

function failed(found: string): ObjectVerdict {
  return fail(ORGANISATION, { found, wanted: "Graph routing for all servers before 1 April 2027" });
}

/** True when the host of an AuthServer's metadata URL belongs to a national cloud. */
function isNationalCloud(snapshot: Snapshot): boolean {
  const urls = (evoStsServers(snapshot) ?? []).map((server) => server.AuthMetadataUrl ?? "");
  // Sample: https://login.partner.microsoftonline.cn/contoso.onmschina.cn/federationmetadata/2007-06/federationmetadata.xml
  return urls.some((url) => /^https:\/\/[a-z0-9.-]+\.(us|cn|de|fr)\//i.test(url));
}
