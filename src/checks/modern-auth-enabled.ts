import { command } from "../catalogue/commands.ts";
import { fail, flagText, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const modernAuthEnabled: Check = {
  id: "modern_auth_enabled",
  title: "Modern authentication is on (OAuth2ClientProfileEnabled)",
  why:
    "When it is off, the challenge names no authorization_uri and a Bearer token is refused with 4000000 " +
    "(oauth_not_available): clients fall back to older schemes or prompt.",
  remedy: command("modernAuthOn"),
  severity: "critical",
  evaluate: (snapshot) => {
    const config = snapshot.organizationConfig;
    if (config === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "organizationConfig", "Get-OrganizationConfig"))];
    const flag = config.OAuth2ClientProfileEnabled;
    if (flag === null) return [unknown(ORGANISATION, "Get-OrganizationConfig shows no OAuth2ClientProfileEnabled")];
    return [flag ? pass(ORGANISATION) : fail(ORGANISATION, { found: flagText(flag), wanted: "True" })];
  },
};
