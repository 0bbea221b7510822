import { command, commandAt, note, remedy } from "../catalogue/commands.ts";
import type { CommandId, CommandValues } from "../catalogue/commands.ts";
import type { VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { CLIENT_KINDS, judgeVirtualDirectories } from "./virtual-directories.ts";

const BALANCER = note("Let the load balancer speak HTTPS to Exchange first; then, on the server:");

export const noSslOffload: Check = {
  id: "no_ssl_offload",
  title: "Virtual directories require TLS: no SSL offload",
  why:
    "Where a load balancer ends TLS and speaks HTTP to Exchange, the audience of the token is https and " +
    "Exchange expects http: 2000003, invalid_resource. It breaks " +
    "Extended Protection as well. Bridging, where TLS is opened again to Exchange, is fine.",
  remedy: remedyFor({ site: "Default Web Site", directory: "EWS" }),
  severity: "warning",
  evaluate: (snapshot) => judgeVirtualDirectories(snapshot, CLIENT_KINDS, judgeDirectory),
};

function judgeDirectory(directory: VirtualDirectory, kind: VirtualDirectoryKind, object: string): ObjectVerdict {
  // Sample: http://mail.contoso.com/EWS/Exchange.asmx
  const plain = [directory.InternalUrl, directory.ExternalUrl].filter((url) => url !== null && /^http:\/\//i.test(url));
  if (plain.length > 0)
    return fail(
      object,
      { found: `a URL with http: ${plain[0] ?? ""}`, wanted: "https" },
      { remedy: remedy(BALANCER, commandAt(URLS_OF[kind], object)) },
    );
  if (directory.sslFlags === null || directory.sslFlags === "")
    return unknown(object, "the IIS setting sslFlags of this virtual directory is not in the snapshot");
  const flags = directory.sslFlags.toLowerCase().split(/[,\s]+/);
  // IIS stores Ssl as 8; 0 is None.
  const requires = flags.includes("ssl") || flags.some((flag) => /^\d{1,4}$/.test(flag) && (Number(flag) & 8) !== 0);
  if (requires) return pass(object);
  const found = `sslFlags ${directory.sslFlags}`;
  return fail(object, { found, wanted: "Ssl" }, { remedy: remedyFor(pathOf(object)) });
}

const URLS_OF: Readonly<Record<VirtualDirectoryKind, CommandId>> = {
  mapi: "urlsOfMapi",
  webServices: "urlsOfWebServices",
  oab: "urlsOfOab",
  autodiscover: "urlsOfAutodiscover",
  activeSync: "urlsOfActiveSync",
  owa: "urlsOfWebServices",
  ecp: "urlsOfWebServices",
};

/** Site and directory of `EX01\\EWS (Default Web Site)`; empty when the identity has another form. */
function pathOf(object: string): CommandValues {
  const match = /^[^\\]*\\(.{1,200}) \((.{1,100})\)$/.exec(object);
  return match === null ? {} : { directory: match[1] ?? "", site: match[2] ?? "" };
}

function remedyFor(path: CommandValues): string {
  return remedy(BALANCER, command("requireTls", path));
}
