import { command, note, remedy } from "../catalogue/commands.ts";
import type { AuthServer, Snapshot } from "../model/snapshot/snapshot.ts";
import { evoStsServers, likeliest, nameOf, signsInByAdfs } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, Difference, ObjectVerdict } from "./check.ts";

export const defaultAuthorizationEndpoint: Check = {
  id: "default_authorization_endpoint",
  title: "Exactly one AuthServer, that of the issuer of users, is the default authorization endpoint",
  why:
    "With none, the challenge names no authorization_uri and clients are never offered modern authentication; " +
    "with several, MSExchange OAuth logs event 2009 " +
    "and it is not certain which one clients are sent to; with one of another issuer, clients are sent to the " +
    "wrong place. Entra ID is the issuer of users, or AD FS where no " +
    "AuthServer of Entra ID is enabled.",
  remedy: command("defaultEndpointOn"),
  severity: "critical",
  evaluate: (snapshot) => [judge(snapshot)],
};

function judge(snapshot: Snapshot): ObjectVerdict {
  const servers = snapshot.authServers?.filter((server) => server.Enabled !== false) ?? null;
  if (servers === null) return unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"));
  const defaults = servers.filter((server) => server.IsDefaultAuthorizationEndpoint === true);
  const candidates = candidatesOf(snapshot, servers);
  const kept = likeliest(defaults.filter((server) => candidates.includes(server))) ?? likeliest(candidates);
  const type = signsInByAdfs(snapshot) ? "ADFS" : "AzureAD";
  const wrong = defaults.filter((server) => server !== kept);
  if (defaults.length === 1 && wrong.length === 0) return judgeEndpoint(defaults[0]);
  const hasUnknown = servers.some((server) => server.IsDefaultAuthorizationEndpoint === null);
  if (defaults.length === 0 && hasUnknown)
    return unknown(ORGANISATION, "the snapshot does not give IsDefaultAuthorizationEndpoint of every AuthServer");
  return fail(ORGANISATION, differenceOf(defaults, type), { remedy: remedyFor(kept, wrong, defaults) });
}

/** The enabled AuthServers that may be the default: those of Entra ID, or those of AD FS when users sign in with it. */
function candidatesOf(snapshot: Snapshot, servers: readonly AuthServer[]): readonly AuthServer[] {
  if (signsInByAdfs(snapshot)) return servers.filter((server) => (server.Type ?? "").toLowerCase() === "adfs");
  const evoSts = evoStsServers(snapshot) ?? [];
  return servers.filter((server) => evoSts.includes(server));
}

function judgeEndpoint(server: AuthServer | undefined): ObjectVerdict {
  if (server?.AuthorizationEndpoint === "")
    return fail(
      ORGANISATION,
      { found: `${nameOf(server)} without an AuthorizationEndpoint`, wanted: "an AuthorizationEndpoint" },
      { remedy: remedy(command("refreshKeysOf", { AuthServer: nameOf(server) }), command("showAuthServers")) },
    );
  if (server === undefined || server.AuthorizationEndpoint === null)
    return unknown(ORGANISATION, "the snapshot does not give the AuthorizationEndpoint of the default AuthServer");
  return pass(ORGANISATION);
}

function differenceOf(defaults: readonly AuthServer[], type: string): Difference {
  const wanted = `exactly one, enabled, of type ${type}`;
  const [only] = defaults;
  if (only === undefined) return { found: "none", wanted };
  if (defaults.length === 1) return { found: `${nameOf(only)} of type ${only.Type ?? "unknown"}`, wanted };
  return { found: `${defaults.length}: ${listed(defaults.map(nameOf), 4)}`, wanted };
}

function remedyFor(
  kept: AuthServer | undefined,
  wrong: readonly AuthServer[],
  defaults: readonly AuthServer[],
): string {
  const off = wrong.slice(0, 4).map((server) => command("defaultEndpointOff", { AuthServer: nameOf(server) }));
  if (kept === undefined)
    return remedy(...off, note("No AuthServer of Entra ID is enabled: run the Hybrid Configuration Wizard first"));
  const on = defaults.includes(kept) ? [] : [command("defaultEndpointOn", { AuthServer: nameOf(kept) })];
  return remedy(...off, ...on, command("showAuthServers"));
}
