import { command, note, remedy } from "../catalogue/commands.ts";
import type { PartnerApplication } from "../model/snapshot/snapshot.ts";
import { outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, flagText, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";

const EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000";

export const partnerApplication: Check = {
  id: "partner_application",
  title: "The partner application of Exchange Online is sound",
  why:
    "Server-to-server calls from Exchange Online (free/busy, archive) are let in through it: enabled, by auth " +
    "server, linked to its application account, without metadata URL and realm of its own.",
  remedy: remedy(
    command("partnerApplicationOn"),
    note(
      "When it is missing, or anything else of it is wrong, run the Hybrid Configuration Wizard, which makes it anew",
    ),
  ),
  severity: "warning",
  evaluate: (snapshot) => {
    const applications = snapshot.partnerApplications;
    if (applications === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "partnerApplications", "Get-PartnerApplication"))];
    const application = applications.find(
      (candidate) => candidate.ApplicationIdentifier?.toLowerCase() === EXCHANGE_ONLINE,
    );
    if (application !== undefined) return [judgeApplication(application)];
    if (applications.some((candidate) => candidate.ApplicationIdentifier === null))
      return [unknown(ORGANISATION, "the snapshot does not give ApplicationIdentifier of every partner application")];
    if (signsInByAdfs(snapshot)) return [outOfScopeByAdfs()];
    return [
      fail(
        ORGANISATION,
        {
          found: "no partner application of Exchange Online",
          wanted: `one with ApplicationIdentifier ${EXCHANGE_ONLINE}`,
        },
        { remedy: WIZARD },
      ),
    ];
  },
};

/** Only the wizard can set UseAuthServer and the account; Set-PartnerApplication sets the other properties. */
function remedyFor({ Enabled }: PartnerApplication, faults: number): string {
  if (Enabled !== false) return WIZARD;
  return faults === 1 ? command("partnerApplicationOn") : remedy(command("partnerApplicationOn"), WIZARD);
}

const WIZARD = note("Run the Hybrid Configuration Wizard with the OAuth step, which sets the partner application anew");

function judgeApplication(application: PartnerApplication): ObjectVerdict {
  const { Enabled, UseAuthServer, LinkedAccount, AuthMetadataUrl, Realm } = application;
  const found: string[] = [];
  if (Enabled === false) found.push(`Enabled ${flagText(Enabled)}`);
  if (UseAuthServer === false) found.push(`UseAuthServer ${flagText(UseAuthServer)}`);
  if (LinkedAccount !== null && !LinkedAccount.toLowerCase().endsWith("/exchange online-applicationaccount")) {
    found.push(LinkedAccount === "" ? "no LinkedAccount" : "another LinkedAccount");
  }
  if (AuthMetadataUrl !== null && AuthMetadataUrl !== "") found.push("an AuthMetadataUrl");
  if (Realm !== null && Realm !== "") found.push("a Realm");
  const wanted =
    "Enabled and UseAuthServer True, LinkedAccount Exchange Online-ApplicationAccount, AuthMetadataUrl and Realm blank";
  if (found.length > 0)
    return fail(ORGANISATION, { found: found.join("; "), wanted }, { remedy: remedyFor(application, found.length) });
  if ([Enabled, UseAuthServer, LinkedAccount, AuthMetadataUrl, Realm].includes(null))
    return unknown(ORGANISATION, "the snapshot does not give every property of the partner application");
  return pass(ORGANISATION);
}
