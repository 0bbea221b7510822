import { note } from "../catalogue/commands.ts";
import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { rowsByServer } from "./servers.ts";

export const classicHybrid: Check = {
  id: "classic_hybrid",
  title: "Hybrid is classic: no Hybrid Agent",
  why:
    "Hybrid modern authentication is not supported over the Hybrid Agent (modern hybrid): clients must reach " +
    "the published URLs themselves. The agent's service " +
    "(MSHybridSvc) is searched for on the Exchange servers; an agent on another machine is not found.",
  remedy: note("Run the Hybrid Configuration Wizard again and choose Exchange Classic Hybrid Topology"),
  severity: "warning",
  evaluate: (snapshot) => [judgeClassicHybrid(snapshot)],
};

function judgeClassicHybrid(snapshot: Snapshot): ObjectVerdict {
  const agents = snapshot.hybridAgents;
  const installed = (agents ?? [])
    .filter((agent) => agent.Installed === true)
    .map((agent) => shortServerName(agent.Server ?? "a server"));
  if (installed.length > 0)
    return fail(ORGANISATION, { found: `Hybrid Agent on ${listed(installed, 4)}`, wanted: "classic hybrid" });
  const hybrid = snapshot.hybridConfiguration;
  if (hybrid === null)
    return unknown(ORGANISATION, notCollected(snapshot, "hybridConfiguration", "Get-HybridConfiguration"));
  if (hybrid.length === 0 && signsInByAdfs(snapshot)) return outOfScopeByAdfs();
  if (hybrid.length === 0)
    return fail(
      ORGANISATION,
      { found: "no hybrid configuration", wanted: "classic hybrid" },
      { remedy: note("Run the Hybrid Configuration Wizard and choose Exchange Classic Hybrid Topology") },
    );
  if (agents === null)
    return unknown(ORGANISATION, notCollected(snapshot, "hybridAgents", "the search for the Hybrid Agent's service"));
  const unseen = [...rowsByServer(snapshot, agents)]
    .filter(([, rows]) => rows.length === 0 || rows.some((row) => row.Installed === null))
    .map(([server]) => server);
  if (agents.length === 0 || unseen.length > 0)
    return unknown(
      ORGANISATION,
      `the Hybrid Agent's service was not looked for on ${agents.length === 0 ? "any server" : listed(unseen, 4)}`,
    );
  return pass(ORGANISATION);
}
