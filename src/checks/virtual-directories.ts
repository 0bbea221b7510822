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

/** Noun of the cmdlets for each kind: Get-…, Set-…. */
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
 * Evaluates every virtual directory of these kinds in the snapshot's scope. A kind that was not collected, or that has
 * no directory, is unknown under its cmdlet noun.
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

/** `EX01\EWS (Default Web Site)`; built from server and kind when the snapshot has no identity. */
export function identityOf(directory: VirtualDirectory, kind: VirtualDirectoryKind): string {
  if (directory.Identity !== null && directory.Identity.includes("\\")) return directory.Identity;
  const server = serverOf(directory);
  if (directory.Identity !== null && directory.Identity !== "")
    return server === "" ? directory.Identity : `${server}\\${directory.Identity}`;
  return server === "" ? CMDLET_NOUN[kind] : `${server}\\${CMDLET_NOUN[kind]}`;
}

/** Short name of the server; "" when unknown. */
export function serverOf(directory: VirtualDirectory): string {
  const identity = directory.Identity ?? "";
  const slash = identity.indexOf("\\");
  return shortServerName(directory.Server || (slash > 0 ? identity.slice(0, slash) : ""));
}

/** True when OAuth is among the methods; null when they are unknown. */
export function hasOAuth(methods: readonly string[] | null): boolean | null {
  return methods === null ? null : methods.some((method) => method.toLowerCase() === "oauth");
}
