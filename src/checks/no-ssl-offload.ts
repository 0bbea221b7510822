import type { VirtualDirectory } from "../model/snapshot/snapshot.ts";
import { fail, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { CLIENT_KINDS, judgeVirtualDirectories } from "./virtual-directories.ts";

export const noSslOffload: Check = {
  id: "no_ssl_offload",
  title: "Virtual directories require TLS: no SSL offload",
  why:
    "Where a load balancer ends TLS and speaks HTTP to Exchange, the audience of the token is https and Exchange expects http: 2000003, invalid_resource. It breaks " +
    "Extended Protection as well. Bridging, where TLS is opened again to Exchange, is fine.",
  remedy:
    'Turn on Require SSL for the virtual directory of the Default Web Site (appcmd set config "Default Web Site/EWS" /section:access /sslFlags:"Ssl, Ssl128" /commit:apphost), and let the load balancer speak HTTPS to Exchange',
  severity: "warning",
  evaluate: (snapshot) =>
    judgeVirtualDirectories(snapshot, CLIENT_KINDS, (directory, _kind, object) => judge(directory, object)),
};

function judge(directory: VirtualDirectory, object: string): ObjectVerdict {
  // Sample: http://mail.contoso.com/EWS/Exchange.asmx
  const plain = [directory.InternalUrl, directory.ExternalUrl].filter((url) => url !== null && /^http:\/\//i.test(url));
  if (plain.length > 0)
    return fail(
      object,
      { found: `a URL with http: ${plain[0] ?? ""}`, wanted: "https" },
      { remedy: "Set the internal and external URL to https, and let the load balancer speak HTTPS to Exchange" },
    );
  if (directory.sslFlags === null || directory.sslFlags === "")
    return unknown(object, "the IIS setting sslFlags of this virtual directory is not in the snapshot");
  const flags = directory.sslFlags.toLowerCase().split(/[,\s]+/);
  // IIS stores Ssl as 8; 0 is None.
  const requires = flags.includes("ssl") || flags.some((flag) => /^\d{1,4}$/.test(flag) && (Number(flag) & 8) !== 0);
  return requires ? pass(object) : fail(object, { found: `sslFlags ${directory.sslFlags}`, wanted: "Ssl" });
}
