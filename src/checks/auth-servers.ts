import { keyIssuerOf } from "../model/snapshot/snapshot-facts.ts";
import type { AuthServer, Snapshot } from "../model/snapshot/snapshot.ts";

/** The AuthServer objects of Entra ID (EvoSTS); null when AuthServers were not collected. */
export function evoStsServers(snapshot: Snapshot): readonly AuthServer[] | null {
  return snapshot.authServers?.filter((server) => keyIssuerOf(server) === "evosts") ?? null;
}

export function nameOf(server: AuthServer): string {
  return server.Name === null || server.Name === "" ? "(unnamed)" : server.Name;
}
