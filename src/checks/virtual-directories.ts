import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot, VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { notCollected, unknown } from "./check.ts";
import type { ObjectVerdict } from "./check.ts";
import { isInScope } from "./servers.ts";

/** The virtual directories that mail clients use with Bearer tokens. */
export const CLIENT_KINDS = [
  "mapi",
  "webServices",
  "oab",
  "autodiscover",
  "activeSync",
] as const satisfies readonly VirtualDirectoryKind[];

/** The noun of the cmdlets of a kind: Get-…, Set-…. */
export const CMDLET_NOUN: Readonly<Record<VirtualDirectoryKind, string>> = {
  mapi: "MapiVirtualDirectory",
  webServices: "WebServicesVirtualDirectory",
  oab: "OabVirtualDirectory",
  autodiscover: "AutodiscoverVirtualDirectory",
  activeSync: "ActiveSyncVirtualDirectory",
  owa: "OwaVirtualDirectory",
  ecp: "EcpVirtualDirectory",
};

/**
 * Judges every virtual directory of the kinds in the snapshot's scope; a kind that was not collected, or of which there is none, is
 * unknown under its cmdlet's noun.
 */
export function judgeVirtualDirectories(
  snapshot: Snapshot,
  kinds: readonly VirtualDirectoryKind[],
  judge: (directory: VirtualDirectory, kind: VirtualDirectoryKind, object: string) => ObjectVerdict,
): readonly ObjectVerdict[] {
  return kinds.flatMap((kind) => {
    const directories = snapshot.virtualDirectories[kind];
    if (directories === null)
      return [unknown(CMDLET_NOUN[kind], notCollected(snapshot, "virtualDirectories", `Get-${CMDLET_NOUN[kind]}`))];
    const own = directories.filter((directory) => isInScope(snapshot, serverOf(directory)));
    if (own.length === 0) return [unknown(CMDLET_NOUN[kind], `Get-${CMDLET_NOUN[kind]} gave no virtual directory`)];
    return own.map((directory) => judge(directory, kind, identityOf(directory, kind)));
  });
}

/** `EX01\EWS (Default Web Site)`; made of server and kind where the snapshot has no identity. */
export function identityOf(directory: VirtualDirectory, kind: VirtualDirectoryKind): string {
  if (directory.Identity !== null && directory.Identity.includes("\\")) return directory.Identity;
  const server = serverOf(directory);
  if (directory.Identity !== null && directory.Identity !== "")
    return server === "" ? directory.Identity : `${server}\\${directory.Identity}`;
  return server === "" ? CMDLET_NOUN[kind] : `${server}\\${CMDLET_NOUN[kind]}`;
}

/** Short name of the server; "" when it is not known. */
export function serverOf(directory: VirtualDirectory): string {
  const identity = directory.Identity ?? "";
  const slash = identity.indexOf("\\");
  return shortServerName(directory.Server || (slash > 0 ? identity.slice(0, slash) : ""));
}

/** Whether OAuth is among the methods; null when they are not known. */
export function hasOAuth(methods: readonly string[] | null): boolean | null {
  return methods === null ? null : methods.some((method) => method.toLowerCase() === "oauth");
}
