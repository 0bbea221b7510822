import { remedy } from "../catalogue/commands.ts";
import type { ServerCertificate, Snapshot } from "../model/snapshot/snapshot.ts";
import { EMPTY_SNAPSHOT } from "../model/snapshot/parse-snapshot.ts";
import { importCertificate, replaceCertificateNow, stageCertificate } from "./auth-certificate-remedies.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";
import { DAY_MS } from "../model/durations.ts";

/** As in MonitorExchangeAuthCertificate.ps1: a new certificate is due at 60 days and below. */
const WANTED_DAYS = 60;

export const authCertificate: Check = {
  id: "auth_certificate",
  title: "The auth certificate is on every server, with its private key, for more than 60 days",
  why:
    "OWA and ECP stop (event 1003) and server-to-server calls fail (MSExchange OAuth 2004) when it is expired " +
    "or missing on a server; an expired one also crashes app pools. Users' Bearer " +
    "tokens do not depend on it. Expiry is measured at the time of the check.",
  remedy: remedy(importCertificate("the server that lacks it"), replaceCertificateNow(EMPTY_SNAPSHOT)),
  severity: "critical",
  severityNote: "warning while it is valid and has 60 days left or fewer",
  evaluate: (snapshot, context) => {
    const thumbprint = snapshot.authConfig?.CurrentCertificateThumbprint ?? null;
    if (thumbprint === null) return [unknown(ORGANISATION, notCollected(snapshot, "authConfig", "Get-AuthConfig"))];
    if (thumbprint === "")
      return [
        fail(
          ORGANISATION,
          { found: "no current certificate in Get-AuthConfig", wanted: "a certificate" },
          { remedy: replaceCertificateNow(snapshot) },
        ),
      ];
    const part = { part: "certificates", source: "Get-ExchangeCertificate", rows: snapshot.certificates };
    const subject = { snapshot, thumbprint, nowMs: context.nowMs };
    return judgeServers(snapshot, part, (server, rows) => [judgeCertificate(subject, server, rows)]);
  },
};

interface Subject {
  readonly snapshot: Snapshot;
  readonly thumbprint: string;
  readonly nowMs: number;
}

function judgeCertificate(subject: Subject, server: string, rows: readonly ServerCertificate[]): ObjectVerdict {
  const matches = rows.filter((row) => row.Thumbprint === subject.thumbprint);
  const best = matches.find((certificate) => certificate.HasPrivateKey !== false) ?? matches[0];
  const wanted = "present with its private key";
  if (best === undefined && rows.some((row) => (row.Thumbprint ?? "") === ""))
    return unknown(server, "Get-ExchangeCertificate gave certificates without a thumbprint");
  if (best === undefined)
    return fail(
      server,
      { found: "the current auth certificate is missing", wanted },
      { remedy: lacking(subject, server) },
    );
  if (best.HasPrivateKey === false)
    return fail(server, { found: "without its private key", wanted }, { remedy: lacking(subject, server) });
  return judgeExpiry(subject, server, best);
}

function judgeExpiry(
  { snapshot, nowMs }: Subject,
  server: string,
  { NotAfter, HasPrivateKey }: ServerCertificate,
): ObjectVerdict {
  if (NotAfter === null) return unknown(server, "Get-ExchangeCertificate gives no NotAfter of the auth certificate");
  const days = Math.floor((NotAfter - nowMs) / DAY_MS);
  const day = new Date(NotAfter).toISOString().slice(0, 10);
  const wanted = `valid for more than ${WANTED_DAYS} days`;
  if (NotAfter <= nowMs)
    return fail(server, { found: `expired ${day}`, wanted }, { remedy: replaceCertificateNow(snapshot) });
  if (days <= WANTED_DAYS)
    return fail(
      server,
      { found: `expires ${day}, in ${days} days`, wanted },
      { severity: "warning", remedy: stageCertificate(snapshot) },
    );
  if (HasPrivateKey === null)
    return unknown(server, "Get-ExchangeCertificate does not say whether the private key is there");
  return pass(server);
}

/**
 * Import it when another server has a valid one or was not asked; replace it when every server was asked and none has
 * one.
 */
function lacking({ snapshot, thumbprint, nowMs }: Subject, server: string): string {
  const rows = snapshot.certificates ?? [];
  const isElsewhere = rows.some(
    (row) => row.Thumbprint === thumbprint && row.HasPrivateKey !== false && (row.NotAfter ?? Infinity) > nowMs,
  );
  const isAlone = snapshot.scope === "organisation" && !isElsewhere;
  return isAlone ? replaceCertificateNow(snapshot) : importCertificate(server);
}
