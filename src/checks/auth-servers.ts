import { keyIssuerOf } from "../model/snapshot/snapshot-facts.ts";
import type { AuthServer, Snapshot } from "../model/snapshot/snapshot.ts";
import { ORGANISATION, unknown } from "./check.ts";
import type { ObjectVerdict } from "./check.ts";

/** The AuthServer objects of Entra ID (EvoSTS); null when AuthServers were not collected. */
export function evoStsServers(snapshot: Snapshot): readonly AuthServer[] | null {
  const all = snapshot.authServers;
  return all?.filter((server) => keyIssuerOf(server, all) === "evosts") ?? null;
}

/** True when users sign in with AD FS: an AuthServer of AD FS is enabled and none of Entra ID is (2019 CU13, SE). */
export function signsInByAdfs(snapshot: Snapshot): boolean {
  const all = (snapshot.authServers ?? []).filter((server) => server.Enabled !== false);
  const has = (issuer: string): boolean => all.some((server) => keyIssuerOf(server, all) === issuer);
  return has("adfs") && !has("evosts");
}

/** Verdict of a check about Entra ID or hybrid when users sign in with AD FS. */
export function outOfScopeByAdfs(): ObjectVerdict {
  return unknown(ORGANISATION, "users sign in by AD FS: no AuthServer of Entra ID is enabled, and this is not judged");
}

export function nameOf(server: AuthServer): string {
  return server.Name === null || server.Name === "" ? "(unnamed)" : server.Name;
}

/**
 * Score of how likely the tenant uses the object: named by its tenant id (4), with domains (2), with an application id
 * (1).
 */
export function likelihood(server: AuthServer): number {
  // Sample: EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd
  const hasId = /^evosts\s*-\s*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(server.Name ?? "");
  return (hasId ? 4 : 0) + ((server.DomainName ?? []).length > 0 ? 2 : 0) + (server.ApplicationIdentifier ? 1 : 0);
}

/** The AuthServer that the tenant most likely uses; undefined for an empty list. */
export function likeliest(servers: readonly AuthServer[]): AuthServer | undefined {
  return servers.toSorted((first, second) => likelihood(second) - likelihood(first))[0];
}
