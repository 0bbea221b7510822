import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot, VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, pass, quoted, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { CMDLET_NOUN, judgeVirtualDirectories, serverOf } from "./virtual-directories.ts";

export const owaEcpModernAuth: Check = {
  id: "owa_ecp_modern_auth",
  title: "OWA and ECP use modern authentication wholly or not at all",
  why:
    "It is optional (2019 CU14 with the April 2024 update, or later). Half of it locks people out: OAuth beside forms, Basic, Digest or AD FS, or OWA without ECP. " +
    "The reply URLs must stand in Entra ID first.",
  remedy:
    "Set-OwaVirtualDirectory '<server>\\owa (Default Web Site)' -OAuthAuthentication $true -BasicAuthentication $false -FormsAuthentication $false -DigestAuthentication $false -AdfsAuthentication $false; " +
    "ECP first, then OWA, likewise",
  severity: "warning",
  evaluate: (snapshot) =>
    judgeVirtualDirectories(snapshot, ["owa", "ecp"], (directory, kind, object) =>
      judge(snapshot, { directory, kind, object }),
    ),
};

interface Subject {
  readonly directory: VirtualDirectory;
  readonly kind: VirtualDirectoryKind;
  readonly object: string;
}

function judge(snapshot: Snapshot, { directory, kind, object }: Subject): ObjectVerdict {
  if (directory.OAuthAuthentication === null)
    return unknown(object, "the snapshot does not give OAuthAuthentication of this virtual directory");
  const other = otherOf(snapshot, directory, kind);
  if (other !== null && other !== directory.OAuthAuthentication) {
    const [owa, ecp] = kind === "owa" ? [directory.OAuthAuthentication, other] : [other, directory.OAuthAuthentication];
    return fail(
      object,
      { found: `OAuth ${owa ? "on" : "off"} at OWA and ${ecp ? "on" : "off"} at ECP`, wanted: "the same at both" },
      { remedy: remedyFor(kind, object) },
    );
  }
  if (!directory.OAuthAuthentication) return pass(object);
  const besides = [
    directory.BasicAuthentication === true ? "Basic" : "",
    directory.FormsAuthentication === true ? "Forms" : "",
    directory.DigestAuthentication === true ? "Digest" : "",
    directory.AdfsAuthentication === true ? "AD FS" : "",
  ].filter((name) => name !== "");
  if (besides.length === 0) return pass(object);
  return fail(
    object,
    { found: `OAuth beside ${besides.join(", ")}`, wanted: "OAuth alone" },
    { remedy: remedyFor(kind, object) },
  );
}

/** OAuthAuthentication of the other one of OWA and ECP on the same server; null when it is not known. */
function otherOf(snapshot: Snapshot, directory: VirtualDirectory, kind: VirtualDirectoryKind): boolean | null {
  const others = snapshot.virtualDirectories[kind === "owa" ? "ecp" : "owa"] ?? [];
  const server = serverOf(directory).toLowerCase();
  const other = others.find(
    (candidate) => server !== "" && shortServerName(serverOf(candidate)).toLowerCase() === server,
  );
  return other?.OAuthAuthentication ?? null;
}

function remedyFor(kind: VirtualDirectoryKind, object: string): string {
  return `Set-${CMDLET_NOUN[kind]} ${quoted(object)} -OAuthAuthentication $true -BasicAuthentication $false -FormsAuthentication $false -DigestAuthentication $false -AdfsAuthentication $false`;
}
