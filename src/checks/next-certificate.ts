import { command, note, remedy } from "../catalogue/commands.ts";
import { EMPTY_SNAPSHOT } from "../model/snapshot/parse-snapshot.ts";
import { authCertificates } from "../model/snapshot/snapshot-facts.ts";
import type { ServerCertificate, Snapshot } from "../model/snapshot/snapshot.ts";
import { afterChange, importCertificate, stageCertificate } from "./auth-certificate-remedies.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { rowsByServer } from "./servers.ts";
import { DAY_MS } from "../model/durations.ts";

const STAGE_DAYS = 60;
const NEXT_DAYS = 120;
/** AuthAdmin publishes the next certificate and runs every 12 hours, so it may miss one run. */
const PUBLISH_MS = DAY_MS;

export const nextCertificate: Check = {
  id: "next_certificate",
  title: "A next auth certificate is staged in time, is on every server, and is published on its date",
  why:
    "At 60 days before the current one's expiry, a next one must be named with a date at which it takes " +
    "effect, and be good for more than 120 days itself. Whenever one is named, it must be on every " +
    "server with its key, or OWA and ECP stop on its date; and a date that is past while it is still the next " +
    "one shows that AuthAdmin does not run.",
  remedy: stageCertificate(EMPTY_SNAPSHOT),
  severity: "warning",
  severityNote: "critical when a server lacks it and it takes effect within 7 days",
  evaluate: (snapshot, context) => [judgeNextCertificate(snapshot, context)],
};

function judgeNextCertificate(snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  if (snapshot.authConfig === null)
    return unknown(ORGANISATION, notCollected(snapshot, "authConfig", "Get-AuthConfig"));
  const [current, next] = authCertificates(snapshot);
  const endMs = current?.notAfterMs ?? null;
  const named = next?.thumbprint ?? "";
  if (named !== "") {
    const verdict = judgeNamed(snapshot, context, named) ?? judgeDates(snapshot, context, endMs);
    if (verdict !== null) return verdict;
  }
  if (endMs === null) return unknown(ORGANISATION, "the expiry of the current auth certificate is not known");
  const daysLeft = Math.floor((endMs - context.nowMs) / DAY_MS);
  if (daysLeft > STAGE_DAYS) return named === "" ? pass(ORGANISATION) : judgeKeys(snapshot, named);
  if ((next?.thumbprint ?? null) === null)
    return unknown(ORGANISATION, "Get-AuthConfig gives no NextCertificateThumbprint");
  if (named === "")
    return failed(snapshot, `none staged, ${leftText(daysLeft)}`, "a next certificate with its effective date");
  if ((next?.notAfterMs ?? null) === null)
    return unknown(ORGANISATION, "the expiry of the next auth certificate is not known");
  const nextDays = Math.floor(((next?.notAfterMs ?? 0) - context.nowMs) / DAY_MS);
  if (nextDays <= NEXT_DAYS)
    return failed(snapshot, `the next one has ${Math.max(0, nextDays)} days left`, `more than ${NEXT_DAYS} days`);
  return judgeKeys(snapshot, named);
}

function leftText(daysLeft: number): string {
  return daysLeft < 0 ? "the current one has expired" : `${daysLeft} days left of the current one`;
}

function failed(snapshot: Snapshot, found: string, wanted: string): ObjectVerdict {
  return fail(ORGANISATION, { found, wanted }, { remedy: stageCertificate(snapshot) });
}

/** Fails when a server that was asked lacks the next certificate or its key; null otherwise. */
function judgeNamed(snapshot: Snapshot, context: CheckContext, named: string): ObjectVerdict | null {
  const lacking = [...rowsByServer(snapshot, snapshot.certificates ?? [])].flatMap(([server, rows]) =>
    lacks(rows, named) ? [server] : [],
  );
  const [first] = lacking;
  if (first === undefined) return null;
  const effective = snapshot.authConfig?.NextCertificateEffectiveDate ?? null;
  const when = effective === null ? "" : `, takes effect ${new Date(effective).toISOString().slice(0, 10)}`;
  const isSoon = effective !== null && effective - context.nowMs < 7 * DAY_MS;
  return fail(
    ORGANISATION,
    { found: `missing, or without its key, on ${listed(lacking, 4)}${when}`, wanted: "on every server with its key" },
    { remedy: importCertificate(listed(lacking, 4)), ...(isSoon ? { severity: "critical" } : {}) },
  );
}

function lacks(rows: readonly ServerCertificate[], named: string): boolean {
  if (rows.length === 0 || rows.some((row) => (row.Thumbprint ?? "") === "")) return false;
  return !rows.some((row) => row.Thumbprint === named && row.HasPrivateKey !== false);
}

function judgeDates(snapshot: Snapshot, context: CheckContext, endMs: number | null): ObjectVerdict | null {
  const effective = snapshot.authConfig?.NextCertificateEffectiveDate ?? null;
  if (effective === null)
    return fail(
      ORGANISATION,
      { found: "staged without an effective date", wanted: "an effective date before the current one's expiry" },
      { remedy: remedy(command("stageNamedInTwoDays"), ...afterChange(snapshot)) },
    );
  if (effective + PUBLISH_MS < context.nowMs)
    return fail(
      ORGANISATION,
      {
        found: `its date was ${Math.floor((context.nowMs - effective) / DAY_MS)} days ago, and it is still the next one`,
        wanted: "current since that date: AuthAdmin has not published it",
      },
      { remedy: notPublished(snapshot) },
    );
  if (endMs !== null && effective > endMs)
    return fail(
      ORGANISATION,
      { found: "it takes effect after the current one's expiry", wanted: "an effective date before it" },
      { remedy: remedy(command("stageNamedInTwoDays"), ...afterChange(snapshot)) },
    );
  return null;
}

function notPublished(snapshot: Snapshot): string {
  return remedy(
    note("AuthAdmin does not run (check auth_admin_runs). When every server has the next one with its key:"),
    command("publishCertificate"),
    command("restartOwaPool"),
    command("restartEcpPool"),
    ...afterChange(snapshot),
  );
}

/**
 * Last step when nothing else fails: passes when every server in scope was seen to have the certificate with its key.
 */
function judgeKeys(snapshot: Snapshot, named: string): ObjectVerdict {
  const unseen = [...rowsByServer(snapshot, snapshot.certificates ?? [])].flatMap(([server, rows]) =>
    rows.some((row) => row.Thumbprint === named && row.HasPrivateKey === true) ? [] : [server],
  );
  if (unseen.length === 0) return pass(ORGANISATION);
  return unknown(ORGANISATION, `whether the next one is there with its key is not known of ${listed(unseen, 4)}`);
}
