import { command, note, remedy } from "../catalogue/commands.ts";
import { VIRTUAL_DIRECTORY_KINDS } from "../model/snapshot/snapshot.ts";
import type { Snapshot, VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, listed, notCollected, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { serverNames } from "./servers.ts";
import { CMDLET_NOUN, hasOAuth, serverOf } from "./virtual-directories.ts";

export const uniformVirtualDirectories: Check = {
  id: "uniform_virtual_directories",
  title: "Virtual directories offer OAuth alike on every server",
  why:
    "A partial implementation is not supported: behind a load balancer, clients reach servers that accept " +
    "their token and servers that refuse it.",
  remedy: remedy(
    note(
      "Bring every server to the same setting, with the commands of the checks oauth_on_virtual_directories and " +
        "owa_ecp_modern_auth. What they have:",
    ),
    command("showMapi"),
    command("showOAuth"),
  ),
  severity: "warning",
  evaluate: (snapshot) => VIRTUAL_DIRECTORY_KINDS.map((kind) => judgeKind(snapshot, kind)),
};

function judgeKind(snapshot: Snapshot, kind: VirtualDirectoryKind): ObjectVerdict {
  const object = CMDLET_NOUN[kind];
  const directories = snapshot.virtualDirectories[kind];
  if (directories === null) return unknown(object, notCollected(snapshot, "virtualDirectories", `Get-${object}`));
  const withOAuth = new Set<string>();
  const without = new Set<string>();
  const withoutSetting: string[] = [];
  for (const directory of directories) {
    const offers = offersOAuth(directory, kind);
    const server = serverOf(directory);
    if (offers === null || server === "") withoutSetting.push(server);
    else (offers ? withOAuth : without).add(server);
  }
  if (withOAuth.size > 0 && without.size > 0) {
    return fail(object, {
      found: `on at ${listed([...withOAuth], 4)}; off at ${listed([...without], 4)}`,
      wanted: "the same on every server",
    });
  }
  if (withoutSetting.length > 0) return unknown(object, "the snapshot does not give the setting of every server");
  const seen = new Set([...withOAuth, ...without].map((server) => server.toLowerCase()));
  const unseen = (serverNames(snapshot) ?? []).filter((server) => !seen.has(server.toLowerCase()));
  if (seen.size === 0 || unseen.length > 0)
    return unknown(
      object,
      unseen.length === 0
        ? `Get-${object} gave no virtual directory`
        : `Get-${object} gave none of ${listed(unseen, 4)}`,
    );
  return pass(object);
}

function offersOAuth(directory: VirtualDirectory, kind: VirtualDirectoryKind): boolean | null {
  if (kind === "mapi") return hasOAuth(directory.IISAuthenticationMethods);
  const lists = [directory.InternalAuthenticationMethods, directory.ExternalAuthenticationMethods];
  // When IIS was not asked, use the methods stored in Active Directory.
  if (kind !== "activeSync")
    return directory.OAuthAuthentication ?? hasOAuth(lists.find((list) => (list ?? []).length > 0) ?? null);
  if (lists.every((list) => list === null)) return null;
  // ActiveSync offers OAuth unless methods are listed without it.
  return lists.every((list) => list === null || list.length === 0 || hasOAuth(list) === true);
}
