import { command, note, remedy } from "../catalogue/commands.ts";
import { evoStsServers, likeliest, nameOf, outOfScopeByAdfs, signsInByAdfs } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const evoStsPresent: Check = {
  id: "evosts_present",
  title: "An enabled AuthServer of Entra ID (EvoSTS) exists",
  why:
    "Tokens of Entra ID are trusted through this object alone. Without it every Bearer token is refused: the " +
    "issuer is unknown. Where users sign in by AD FS (2019 CU13, SE) " +
    "there is none, and this is not judged.",
  remedy: remedy(
    note("Run the Hybrid Configuration Wizard; or, where there is an object that is disabled:"),
    command("authServerOn"),
  ),
  severity: "critical",
  evaluate: (snapshot) => {
    const servers = evoStsServers(snapshot);
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    const wanted = "at least one AuthServer of type AzureAD, enabled";
    if (servers.some((server) => server.Enabled === true)) return [pass(ORGANISATION)];
    if (servers.some((server) => server.Enabled === null))
      return [unknown(ORGANISATION, "the snapshot does not say whether the AuthServer of Entra ID is enabled")];
    if (signsInByAdfs(snapshot)) return [outOfScopeByAdfs()];
    const disabled = likeliest(servers);
    if (disabled === undefined)
      return [fail(ORGANISATION, { found: "none", wanted }, { remedy: note("Run the Hybrid Configuration Wizard") })];
    const found = `disabled: ${listed(servers.map(nameOf), 4)}`;
    return [
      fail(ORGANISATION, { found, wanted }, { remedy: command("authServerOn", { AuthServer: nameOf(disabled) }) }),
    ];
  },
};
