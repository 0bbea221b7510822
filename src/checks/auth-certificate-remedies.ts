import { command, note, remedy } from "../catalogue/commands.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { isHybridAppEnabled } from "./setting-overrides.ts";

/**
 * For servers that lack a certificate which other servers have: import it there instead of creating a new one for the
 * organisation.
 */
export function importCertificate(server: string): string {
  return remedy(
    note(
      `Bring it to ${server}; do not make a new one for the organisation. The script imports it there, in hybrid too:`,
    ),
    command("importAuthCertificate"),
    note("With a server that cannot be reached:"),
    command("importWithDeadServer"),
    note(
      "Or by hand: export it with its key by certlm.msc on a server that has it, and import it there. " +
        "Export-ExchangeCertificate refuses it since October 2025",
    ),
  );
}

/** For the case that no server has a valid one: create a certificate and put it into use now. */
export function replaceCertificateNow(snapshot: Snapshot): string {
  return remedy(
    note("On one server; then recycle the pools on every server, since OWA and ECP keep the old one:"),
    command("newAuthCertificate"),
    command("publishNow"),
    command("publishCertificate"),
    command("clearPreviousCertificate"),
    command("restartOwaPool"),
    command("restartEcpPool"),
    ...afterChange(snapshot),
  );
}

/** While the current certificate is valid: create the next one, which takes effect when every server has it. */
export function stageCertificate(snapshot: Snapshot): string {
  return remedy(
    note("The script stages a new one, in hybrid too:"),
    command("importAuthCertificate"),
    note("Or by hand:"),
    command("newAuthCertificate"),
    command("stageInTwoDays"),
    ...afterChange(snapshot),
  );
}

/** Exchange Online and the dedicated hybrid application need the new certificate too. */
export function afterChange(snapshot: Snapshot): readonly string[] {
  if (snapshot.hybridConfiguration !== null && snapshot.hybridConfiguration.length === 0) return [];
  if (isHybridAppEnabled(snapshot))
    return [
      note("After it has become current, for the dedicated hybrid application:"),
      command("updateHybridAppCertificate"),
    ];
  return [
    note("After it has become current, where the dedicated hybrid application is in use:"),
    command("updateHybridAppCertificate"),
    note(
      "Where it is not: run the Hybrid Configuration Wizard with OAuth, which uploads to the shared principal; " +
        "then, once no server needs that:",
    ),
    command("resetSharedPrincipal"),
  ];
}
