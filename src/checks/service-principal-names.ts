import { command, remedy } from "../catalogue/commands.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { listed, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";
import { CLIENT_KINDS } from "./virtual-directories.ts";

export const servicePrincipalNames: Check = {
  id: "service_principal_names",
  title: "Entra ID knows every URL of Exchange as a service principal name",
  why:
    "For a URL that is not among the names of the Exchange Online application, clients never get a token, so " +
    "the logs show challenges but no rejections. " +
    "Reading the names needs Microsoft Graph, which the exporter does not query, so the check lists the names " +
    "to compare. The token probe proves a name when it gets a token for it.",
  remedy: remedy(
    command("readServicePrincipal"),
    command("showServicePrincipalNames"),
    command("addServicePrincipalName"),
  ),
  severity: "warning",
  evaluate: (snapshot, { proofs }) => {
    const all = wantedServicePrincipalNames(snapshot);
    const names = all.filter((name) => !isProven(name, proofs));
    if (all.length > 0 && names.length === 0) return [pass(ORGANISATION)];
    const list =
      names.length === 0 ? "the snapshot has no URLs to list" : `compare its names with ${listed(names, 20)}`;
    return [unknown(ORGANISATION, `needs Microsoft Graph, which is not asked; ${list}`)];
  },
};

/** True when a token was issued for the name, so Entra ID knows it. */
function isProven(name: string, proofs: readonly ProbeProof[]): boolean {
  return proofs.some(
    ({ check, about, verdict }) =>
      check === "service_principal_names" &&
      verdict === "pass" &&
      about.kind === "namespace" &&
      name === `https://${about.namespace.toLowerCase()}/`,
  );
}

/** `https://host/` of all internal and external URLs of MAPI, EWS, OAB, ActiveSync and Autodiscover, sorted. */
export function wantedServicePrincipalNames(snapshot: Snapshot): readonly string[] {
  const urls = CLIENT_KINDS.flatMap((kind) =>
    (snapshot.virtualDirectories[kind] ?? []).flatMap((directory) => [directory.InternalUrl, directory.ExternalUrl]),
  );
  urls.push(...(snapshot.clientAccessServices ?? []).map((service) => service.AutoDiscoverServiceInternalUri));
  const names = new Set<string>();
  for (const url of urls) {
    // Sample: https://mail.contoso.com/EWS/Exchange.asmx
    const host = /^https?:\/\/([A-Za-z0-9.-]{1,253})(?::\d{1,5})?(?:\/|$)/i.exec(url ?? "")?.[1];
    if (host !== undefined) names.add(`https://${host.toLowerCase()}/`);
  }
  return [...names].sort();
}
