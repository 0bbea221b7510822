import { authCertificates } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";

const DAY_MS = 86_400_000;
const STAGE_DAYS = 60;
const NEXT_DAYS = 120;

export const nextCertificate: Check = {
  id: "next_certificate",
  title: "A next auth certificate is staged in time",
  why:
    "Within 60 days of the current one's expiry, the next one must be named with a date at which it takes effect, on every server, so that the change needs nobody. " +
    "It must itself be good for 120 days.",
  remedy:
    "MonitorExchangeAuthCertificate.ps1 -ValidateAndRenewAuthCertificate $true, or Set-AuthConfig -NewCertificateThumbprint <thumbprint> -NewCertificateEffectiveDate (Get-Date).AddHours(49)",
  severity: "warning",
  evaluate: (snapshot, context) => [judge(snapshot, context)],
};

function judge(snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  const config = snapshot.authConfig;
  if (config === null) return unknown(ORGANISATION, notCollected(snapshot, "authConfig", "Get-AuthConfig"));
  const [current, next] = authCertificates(snapshot);
  const currentEnd = current?.notAfterMs ?? null;
  if (currentEnd === null) return unknown(ORGANISATION, "the expiry of the current auth certificate is not known");
  const daysLeft = Math.floor((currentEnd - context.nowMs) / DAY_MS);
  if (daysLeft >= STAGE_DAYS) return pass(ORGANISATION);
  const left = daysLeft < 0 ? "the current one has expired" : `${daysLeft} days left of the current one`;
  const wanted = "a next certificate with its effective date";
  if (next === undefined || next.thumbprint === null)
    return unknown(ORGANISATION, "Get-AuthConfig gives no NextCertificateThumbprint");
  if (next.thumbprint === "") return fail(ORGANISATION, { found: `none staged, ${left}`, wanted });
  if (config.NextCertificateEffectiveDate === null)
    return fail(ORGANISATION, { found: `staged without an effective date, ${left}`, wanted });
  if (config.NextCertificateEffectiveDate > currentEnd)
    return fail(ORGANISATION, {
      found: "it takes effect after the current one's expiry",
      wanted: "an effective date before it",
    });
  if (next.notAfterMs === null) return unknown(ORGANISATION, "the expiry of the next auth certificate is not known");
  const nextDays = Math.floor((next.notAfterMs - context.nowMs) / DAY_MS);
  if (nextDays < NEXT_DAYS)
    return fail(ORGANISATION, {
      found: `the next one has ${Math.max(0, nextDays)} days left`,
      wanted: `${NEXT_DAYS} days at least`,
    });
  return pass(ORGANISATION);
}
