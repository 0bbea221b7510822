import { command, remedy } from "../catalogue/commands.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { listed, ORGANISATION, unknown } from "./check.ts";
import type { Check } from "./check.ts";
import { CLIENT_KINDS } from "./virtual-directories.ts";

export const servicePrincipalNames: Check = {
  id: "service_principal_names",
  title: "Entra ID knows every URL of Exchange as a service principal name",
  why:
    "For a URL that is not among the names of the Exchange Online application, clients are never given a token: there are challenges and no rejections. " +
    "This needs Microsoft Graph, which is not asked, so the verdict is always unknown; the names that should stand there are listed to compare.",
  remedy: remedy(
    command("readServicePrincipal"),
    command("showServicePrincipalNames"),
    command("addServicePrincipalName"),
  ),
  severity: "warning",
  evaluate: (snapshot) => {
    const names = wantedServicePrincipalNames(snapshot);
    const list =
      names.length === 0 ? "the snapshot has no URLs to list" : `compare its names with ${listed(names, 20)}`;
    return [unknown(ORGANISATION, `needs Microsoft Graph, which is not asked; ${list}`)];
  },
};

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
