import type { ServerCertificate } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

const DAY_MS = 86_400_000;
const WANTED_DAYS = 60;

export const authCertificate: Check = {
  id: "auth_certificate",
  title: "The auth certificate is on every server, with its private key, for 60 days at least",
  why:
    "OWA and ECP stop (event 1003) and server-to-server calls fail (MSExchange OAuth 2004) when it is expired or missing on a server. Users' Bearer tokens do not depend on it. " +
    "Expiry is measured to the time of judging.",
  remedy:
    "MonitorExchangeAuthCertificate.ps1 -ValidateAndRenewAuthCertificate $true, or by hand: New-ExchangeCertificate, Set-AuthConfig -NewCertificateThumbprint <thumbprint> " +
    "-NewCertificateEffectiveDate (Get-Date).AddHours(49); run the Hybrid Configuration Wizard afterwards",
  severity: "critical",
  severityNote: "warning while it is valid and has less than 60 days left",
  evaluate: (snapshot, context) => {
    const thumbprint = snapshot.authConfig?.CurrentCertificateThumbprint ?? null;
    if (thumbprint === null) return [unknown(ORGANISATION, notCollected(snapshot, "authConfig", "Get-AuthConfig"))];
    if (thumbprint === "")
      return [fail(ORGANISATION, { found: "no current certificate in Get-AuthConfig", wanted: "a certificate" })];
    const part = { part: "certificates", source: "Get-ExchangeCertificate", rows: snapshot.certificates };
    return judgeServers(snapshot, part, (server, rows) => [
      judge(
        server,
        rows.filter((row) => row.Thumbprint === thumbprint),
        context.nowMs,
      ),
    ]);
  },
};

function judge(server: string, matches: readonly ServerCertificate[], nowMs: number): ObjectVerdict {
  const best = matches.find((certificate) => certificate.HasPrivateKey !== false) ?? matches[0];
  if (best === undefined)
    return fail(server, { found: "the current auth certificate is missing", wanted: "present with its private key" });
  if (best.HasPrivateKey === false)
    return fail(server, { found: "without its private key", wanted: "present with its private key" });
  if (best.NotAfter === null)
    return unknown(server, "Get-ExchangeCertificate gives no NotAfter of the auth certificate");
  const days = Math.floor((best.NotAfter - nowMs) / DAY_MS);
  const day = new Date(best.NotAfter).toISOString().slice(0, 10);
  if (best.NotAfter <= nowMs) return fail(server, { found: `expired ${day}`, wanted: `valid for ${WANTED_DAYS} days` });
  if (days < WANTED_DAYS)
    return fail(
      server,
      { found: `expires ${day}, in ${days} days`, wanted: `valid for ${WANTED_DAYS} days` },
      { severity: "warning" },
    );
  if (best.HasPrivateKey === null)
    return unknown(server, "Get-ExchangeCertificate does not say whether the private key is there");
  return pass(server);
}
