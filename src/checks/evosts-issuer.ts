import { command, note, remedy } from "../catalogue/commands.ts";
import type { CommandValues } from "../catalogue/commands.ts";
import type { AuthServer } from "../model/snapshot/snapshot.ts";
import { evoStsServers, nameOf, outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";

export const evoStsIssuer: Check = {
  id: "evosts_issuer",
  title: "Issuer, realm and metadata URL of the AuthServer of Entra ID belong together",
  why:
    "IssuerIdentifier is https://sts.windows.net/<tenant id>/ (other hosts in national clouds), Realm is the " +
    "same tenant id, and the metadata is fetched over HTTPS. " +
    "Otherwise tokens are refused with invalid_issuer or invalid_tenant, or keys cannot be refreshed.",
  remedy: remedyFor({}),
  severity: "critical",
  evaluate: (snapshot) => {
    const servers = evoStsServers(snapshot)?.filter((server) => server.Enabled !== false) ?? null;
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    if (signsInByAdfs(snapshot)) return [outOfScopeByAdfs()];
    if (servers.length === 0) return [unknown(ORGANISATION, "there is no enabled AuthServer of Entra ID to judge")];
    return servers.map(judgeIssuer);
  },
};

function judgeIssuer(server: AuthServer): ObjectVerdict {
  const name = nameOf(server);
  const { IssuerIdentifier: issuer, Realm: realm, AuthMetadataUrl: url } = server;
  const found: string[] = [];
  const wanted: string[] = [];
  const tenant = issuer === null ? null : tenantOf(issuer);
  if (issuer !== null && tenant === null) {
    found.push(`IssuerIdentifier ${issuer === "" ? "blank" : issuer}`);
    wanted.push("https://sts.windows.net/<tenant id>/");
  }
  if (tenant !== null && realm !== null && realm.toLowerCase() !== tenant) {
    found.push(`Realm ${realm === "" ? "blank" : realm}`);
    wanted.push(`Realm ${tenant}`);
  }
  // Sample: https://login.windows.net/contoso.onmicrosoft.com/federationmetadata/2007-06/federationmetadata.xml
  if (url !== null && !/^https:\/\/[^/\s]+\/\S+$/i.test(url)) {
    found.push(`AuthMetadataUrl ${url === "" ? "blank" : url}`);
    wanted.push("a metadata URL with https");
  }
  if (found.length > 0) {
    return fail(
      name,
      { found: found.join("; "), wanted: wanted.join("; ") },
      { remedy: remedyFor({ AuthServer: name }) },
    );
  }
  if (issuer === null || realm === null || url === null)
    return unknown(name, "the snapshot lacks IssuerIdentifier, Realm or AuthMetadataUrl of this AuthServer");
  return pass(name);
}

function remedyFor(values: CommandValues): string {
  return remedy(
    command("refreshKeysOf", values),
    command("showAuthServers"),
    note("When issuer or realm stay wrong, run the Hybrid Configuration Wizard again"),
  );
}

/** Tenant id of an issuer in lower case; null when the issuer has none. */
function tenantOf(issuer: string): string | null {
  // Sample: https://sts.windows.net/00000000-0000-0000-0000-000000000000/
  const match = /^https:\/\/[a-z0-9.-]+\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/(?:v2\.0)?)?$/i.exec(issuer);
  return match?.[1]?.toLowerCase() ?? null;
}
