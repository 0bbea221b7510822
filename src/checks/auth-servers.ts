import { keyIssuerOf } from "../model/snapshot/snapshot-facts.ts";
import type { AuthServer, Snapshot } from "../model/snapshot/snapshot.ts";
import { ORGANISATION, unknown } from "./check.ts";
import type { ObjectVerdict } from "./check.ts";

/** The AuthServer objects of Entra ID (EvoSTS); null when AuthServers were not collected. */
export function evoStsServers(snapshot: Snapshot): readonly AuthServer[] | null {
  const all = snapshot.authServers;
  return all?.filter((server) => keyIssuerOf(server, all) === "evosts") ?? null;
}

/** Whether users sign in by AD FS: an enabled AuthServer of AD FS and no enabled one of Entra ID (2019 CU13, SE). */
export function signsInByAdfs(snapshot: Snapshot): boolean {
  const all = (snapshot.authServers ?? []).filter((server) => server.Enabled !== false);
  const has = (issuer: string): boolean => all.some((server) => keyIssuerOf(server, all) === issuer);
  return has("adfs") && !has("evosts");
}

/** The verdict of a check on Entra ID and hybrid where users sign in by AD FS. */
export function outOfScopeByAdfs(): ObjectVerdict {
  return unknown(ORGANISATION, "users sign in by AD FS: no AuthServer of Entra ID is enabled, and this is not judged");
}

export function nameOf(server: AuthServer): string {
  return server.Name === null || server.Name === "" ? "(unnamed)" : server.Name;
}

/** Higher is more likely the object that the tenant uses: named by its tenant id, then with domains, then with an application id. */
export function likelihood(server: AuthServer): number {
  // Sample: EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd
  const hasId = /^evosts\s*-\s*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(server.Name ?? "");
  return (hasId ? 4 : 0) + ((server.DomainName ?? []).length > 0 ? 2 : 0) + (server.ApplicationIdentifier ? 1 : 0);
}

/** The one that the tenant most likely uses; undefined of none. */
export function likeliest(servers: readonly AuthServer[]): AuthServer | undefined {
  return servers.toSorted((first, second) => likelihood(second) - likelihood(first))[0];
}
