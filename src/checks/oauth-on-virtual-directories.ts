import { command, commandAt, note, remedy } from "../catalogue/commands.ts";
import type { CommandId } from "../catalogue/commands.ts";
import type { VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { CLIENT_KINDS, hasOAuth, judgeVirtualDirectories } from "./virtual-directories.ts";

export const oauthOnVirtualDirectories: Check = {
  id: "oauth_on_virtual_directories",
  title: "OAuth is on at every virtual directory that mail clients use",
  why:
    "A virtual directory without OAuth answers a Bearer token with 401, on that server alone. MAPI lists its " +
    "methods in IISAuthenticationMethods; EWS, OAB and " +
    "Autodiscover have OAuthAuthentication; ActiveSync has no setting of its own and fails only where its " +
    "methods are listed without OAuth.",
  remedy: remedy(
    command("oauthOnWebServices"),
    command("oauthOnOab"),
    command("oauthOnAutodiscover"),
    note("MAPI: the methods of today, and OAuth among them"),
    command("mapiMethods", { methods: ["Ntlm", "OAuth", "Negotiate"] }),
  ),
  severity: "critical",
  evaluate: (snapshot) => judgeVirtualDirectories(snapshot, CLIENT_KINDS, judgeDirectory),
};

const TURN_ON: Readonly<Record<VirtualDirectoryKind, CommandId>> = {
  mapi: "mapiMethods",
  webServices: "oauthOnWebServices",
  oab: "oauthOnOab",
  autodiscover: "oauthOnAutodiscover",
  activeSync: "activeSyncMethods",
  owa: "owaModernOn",
  ecp: "ecpModernOn",
};

function judgeDirectory(directory: VirtualDirectory, kind: VirtualDirectoryKind, object: string): ObjectVerdict {
  if (kind === "mapi") return judgeMapi(directory, object);
  const lists = [directory.InternalAuthenticationMethods, directory.ExternalAuthenticationMethods];
  if (kind === "activeSync") return judgeActiveSync(lists, object);
  if (directory.OAuthAuthentication === false) {
    return fail(
      object,
      { found: "OAuthAuthentication False", wanted: "True" },
      { remedy: commandAt(TURN_ON[kind], object) },
    );
  }
  if (directory.OAuthAuthentication === null)
    return unknown(object, "the snapshot does not give OAuthAuthentication of this virtual directory");
  const without = ["internal", "external"].filter(
    (_, index) => hasOAuth(lists[index] ?? null) === false && (lists[index] ?? []).length > 0,
  );
  if (without.length === 0) return pass(object);
  return fail(
    object,
    { found: `no OAuth among the ${without.join(" and ")} authentication methods`, wanted: "OAuth among both" },
    { remedy: commandAt(TURN_ON[kind], object) },
  );
}

function judgeMapi(directory: VirtualDirectory, object: string): ObjectVerdict {
  const methods = directory.IISAuthenticationMethods;
  if (methods === null)
    return unknown(object, "the snapshot does not give IISAuthenticationMethods of this virtual directory");
  if (hasOAuth(methods) === true) return pass(object);
  const found = `IISAuthenticationMethods ${listed(methods)}`;
  return fail(object, { found, wanted: "OAuth among them" }, { remedy: mapiRemedy(methods, object) });
}

/**
 * Sets the current methods plus OAuth. When a method is not a plain word, no command is given, because a command
 * without that method would remove it.
 */
function mapiRemedy(methods: readonly string[], object: string): string {
  const areWords = methods.every((method) => /^[A-Za-z]{1,30}$/.test(method));
  if (areWords && methods.length > 0) return commandAt("mapiMethods", object, { methods: ["OAuth", ...methods] });
  return remedy(
    note("The methods in the snapshot cannot be read; look at them, and set the same ones with OAuth among them:"),
    command("showMapi"),
  );
}

function judgeActiveSync(lists: readonly (readonly string[] | null)[], object: string): ObjectVerdict {
  if (lists.every((list) => list === null))
    return unknown(object, "the snapshot does not give the authentication methods of this virtual directory");
  const without = lists.find((list) => list !== null && list.length > 0 && hasOAuth(list) === false);
  if (without === undefined || without === null) return pass(object);
  return fail(
    object,
    { found: `authentication methods ${listed(without)}`, wanted: "OAuth among them, or none listed" },
    { severity: "warning", remedy: commandAt("activeSyncMethods", object) },
  );
}
