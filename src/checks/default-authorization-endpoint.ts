import { nameOf } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, quoted, unknown } from "./check.ts";
import type { Check } from "./check.ts";

export const defaultAuthorizationEndpoint: Check = {
  id: "default_authorization_endpoint",
  title: "Exactly one AuthServer is the default authorization endpoint",
  why:
    "With none, the challenge names no authorization_uri and clients are never offered modern authentication; with several, MSExchange OAuth logs event 2009 " +
    "and it is not certain which one clients are sent to.",
  remedy: "Set-AuthServer '<EvoSts - guid>' -IsDefaultAuthorizationEndpoint $true",
  severity: "critical",
  evaluate: (snapshot) => {
    const servers = snapshot.authServers;
    if (servers === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    const defaults = servers.filter(
      (server) => server.IsDefaultAuthorizationEndpoint === true && server.Enabled !== false,
    );
    const wanted = "exactly one";
    if (defaults.length > 1) {
      const commands = defaults
        .slice(1, 4)
        .map((server) => `Set-AuthServer ${quoted(nameOf(server))} -IsDefaultAuthorizationEndpoint $false`);
      const remedy = `${commands.join("; ")} (so that the one of the tenant in use is left)`;
      return [
        fail(ORGANISATION, { found: `${defaults.length}: ${listed(defaults.map(nameOf), 4)}`, wanted }, { remedy }),
      ];
    }
    const hasUnknown = servers.some(
      (server) => server.IsDefaultAuthorizationEndpoint === null && server.Enabled !== false,
    );
    if (hasUnknown)
      return [unknown(ORGANISATION, "the snapshot does not give IsDefaultAuthorizationEndpoint of every AuthServer")];
    return [defaults.length === 1 ? pass(ORGANISATION) : fail(ORGANISATION, { found: "none", wanted })];
  },
};
