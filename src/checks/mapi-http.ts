import { command, note, remedy } from "../catalogue/commands.ts";
import { fail, flagText, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const mapiHttp: Check = {
  id: "mapi_http",
  title: "MAPI over HTTP is on in the organisation (MapiHttpEnabled)",
  why:
    "RPC over HTTP has no modern authentication, so an Outlook that may not use MAPI over HTTP cannot sign in " +
    "with a token. A mailbox can still be excepted.",
  remedy: remedy(command("mapiHttpOn"), note("Mailboxes that are excepted:"), command("showMapiHttpExceptions")),
  severity: "warning",
  evaluate: (snapshot) => {
    const config = snapshot.organizationConfig;
    if (config === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "organizationConfig", "Get-OrganizationConfig"))];
    const flag = config.MapiHttpEnabled;
    if (flag === null) return [unknown(ORGANISATION, "Get-OrganizationConfig shows no MapiHttpEnabled")];
    return [flag ? pass(ORGANISATION) : fail(ORGANISATION, { found: flagText(flag), wanted: "True" })];
  },
};
