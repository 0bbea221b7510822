import { isSameServer, shortServerName } from "../model/snapshot/snapshot-facts.ts";
import { hasByUpdate, parseExchangeBuild } from "../model/snapshot/exchange-build.ts";
import type { ExchangeBuild, ExchangeRelease } from "../model/snapshot/exchange-build.ts";
import type { ExchangeServer, Snapshot } from "../model/snapshot/snapshot.ts";
import { notCollected, ORGANISATION, unknown } from "./check.ts";
import type { ObjectVerdict } from "./check.ts";

/**
 * Short names of the organisation's Exchange servers in the snapshot's order; null when there are none or none has a
 * name.
 */
export function serverNames(snapshot: Snapshot): readonly string[] | null {
  const names = new Map<string, string>();
  for (const server of snapshot.exchangeServers ?? []) {
    const name = nameOfServer(server);
    if (name !== "" && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return names.size === 0 ? null : [...names.values()];
}

/** Short name of a server; "" when it has none. */
export function nameOfServer(server: ExchangeServer): string {
  return shortServerName(server.Name ?? server.Fqdn ?? "");
}

/**
 * True when the snapshot covers the server's own settings: those of all servers, or only of the one that ran the
 * collector.
 */
export function isInScope(snapshot: Snapshot, server: string): boolean {
  return snapshot.scope === "organisation" || snapshot.server === null || isSameServer(server, snapshot.server);
}

/**
 * The servers that were asked for their own settings: all of them, or only the one that ran the collector. Null when no
 * server is known.
 */
export function serversInScope(snapshot: Snapshot): readonly string[] | null {
  return serverNames(snapshot)?.filter((name) => isInScope(snapshot, name)) ?? null;
}

/** Rows of a part, grouped by server. Every server in scope is included, even without rows. */
export function rowsByServer<T extends { readonly Server: string | null }>(
  snapshot: Snapshot,
  rows: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const spelling = new Map<string, string>();
  const byServer = new Map<string, T[]>();
  for (const name of serversInScope(snapshot) ?? []) {
    spelling.set(name.toLowerCase(), name);
    byServer.set(name, []);
  }
  for (const row of rows) {
    const name = shortServerName(row.Server ?? "");
    if (name === "" || !isInScope(snapshot, name)) continue;
    const known = spelling.get(name.toLowerCase()) ?? name;
    spelling.set(name.toLowerCase(), known);
    const list = byServer.get(known);
    if (list === undefined) byServer.set(known, [row]);
    else list.push(row);
  }
  return byServer;
}

/** A part that is collected for each server: its name in the snapshot, its source and its rows. */
export interface ServerPart<T> {
  readonly part: string;
  readonly source: string;
  readonly rows: readonly T[] | null;
}

/**
 * Evaluates each server by its own rows of a part. A server without rows is unknown. When the part is missing, all
 * known servers are unknown; without any known server, the organisation is.
 */
export function judgeServers<T extends { readonly Server: string | null }>(
  snapshot: Snapshot,
  part: ServerPart<T>,
  judge: (server: string, rows: readonly T[]) => readonly ObjectVerdict[],
): readonly ObjectVerdict[] {
  const because = notCollected(snapshot, part.part, part.source);
  const byServer = rowsByServer(snapshot, part.rows ?? []);
  if (byServer.size === 0) return [unknown(ORGANISATION, because)];
  return [...byServer].flatMap(([server, rows]) => {
    if (rows.length > 0) return judge(server, rows);
    if (hasFailed(snapshot, server))
      return [unknown(server, "the server did not answer when the snapshot was collected")];
    return [unknown(server, part.rows === null ? because : `${part.source} of this server is not in the snapshot`)];
  });
}

/** True when the server did not answer the collector. */
export function hasFailed(snapshot: Snapshot, server: string): boolean {
  return snapshot.errors.some(
    (error) => error.part === "servers" && error.servers.some((name) => isSameServer(name, server)),
  );
}

/**
 * True when the server's build contains an update that was released for several cumulative updates at once; null when
 * unknown.
 */
export function hasUpdate(server: ExchangeServer, floors: readonly ExchangeRelease[]): boolean | null {
  const build = buildOf(server);
  if (build === null) return null;
  return hasByUpdate(build, floors, parseExchangeBuild(server.ExSetupVersion ?? "") !== null);
}

/**
 * Build of a server: from ExSetup.exe, which includes security updates, else from AdminDisplayVersion; null when
 * neither can be read.
 */
export function buildOf(server: ExchangeServer): ExchangeBuild | null {
  return parseExchangeBuild(server.ExSetupVersion ?? "") ?? parseExchangeBuild(server.AdminDisplayVersion ?? "");
}

/** Builds of all servers; null when there are no servers or one build is unknown. */
export function allBuilds(snapshot: Snapshot): readonly ExchangeBuild[] | null {
  const servers = snapshot.exchangeServers ?? [];
  const builds = servers.flatMap((server) => buildOf(server) ?? []);
  return builds.length === 0 || builds.length < servers.length ? null : builds;
}

/** `other_domain`: a server is in another domain than the arbitration mailbox. */
export type Topology = "one_domain" | "other_domain" | "unknown";

/** Compares the domains of the servers with that of the arbitration mailbox, by default the forest's root domain. */
export function topologyOf(snapshot: Snapshot): Topology {
  const home =
    snapshot.activeDirectory?.ArbitrationMailboxDomain ||
    snapshot.activeDirectory?.RootDomain ||
    domainOf(snapshot.organizationConfig?.DistinguishedName ?? "");
  const domains = (snapshot.exchangeServers ?? []).map((server) => server.Domain ?? "");
  if (home === "" || domains.length === 0) return "unknown";
  if (domains.some((domain) => domain !== "" && domain.toLowerCase() !== home.toLowerCase())) return "other_domain";
  return domains.includes("") ? "unknown" : "one_domain";
}

/**
 * DNS name of a distinguished name. The configuration partition always ends with the root domain. Sample:
 * `CN=Org,CN=Services,CN=Configuration,DC=contoso,DC=com`
 */
function domainOf(distinguishedName: string): string {
  // Sample: ,DC=contoso,DC=com
  return [...distinguishedName.matchAll(/(?:^|,)\s*DC=([^,]{1,63})/gi)].map((match) => match[1] ?? "").join(".");
}
