import { evoStsServers, nameOf } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const evoStsPresent: Check = {
  id: "evosts_present",
  title: "An enabled AuthServer of Entra ID (EvoSTS) exists",
  why: "Tokens of Entra ID are trusted through this object alone. Without it every Bearer token is refused: the issuer is unknown.",
  remedy:
    "Run the Hybrid Configuration Wizard; an object that is disabled: Set-AuthServer '<EvoSts - guid>' -Enabled $true",
  severity: "critical",
  evaluate: (snapshot) => {
    const servers = evoStsServers(snapshot);
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    const wanted = "at least one AuthServer of type AzureAD, enabled";
    if (servers.some((server) => server.Enabled === true)) return [pass(ORGANISATION)];
    if (servers.some((server) => server.Enabled === null))
      return [unknown(ORGANISATION, "the snapshot does not say whether the AuthServer of Entra ID is enabled")];
    if (servers.length === 0) return [fail(ORGANISATION, { found: "none", wanted })];
    return [fail(ORGANISATION, { found: `disabled: ${listed(servers.map(nameOf), 4)}`, wanted })];
  },
};
