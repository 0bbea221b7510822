import { command, note, remedy } from "../catalogue/commands.ts";
import type { CommandValues } from "../catalogue/commands.ts";
import type { OutboundProbe } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

export const outboundPath: Check = {
  id: "outbound_path",
  title: "Every server reaches the sign-in hosts of Entra ID",
  why:
    "Workers fetch published keys themselves, through the server's InternetWebProxy where one is set. A " +
    "server that cannot (MSExchange OAuth 2007) goes on refusing " +
    "tokens after a roll-over, for up to 24 hours.",
  remedy: remedyFor(["login.microsoftonline.com", "login.windows.net"], {}),
  severity: "critical",
  evaluate: (snapshot) =>
    judgeServers(snapshot, { part: "outbound", source: "the outbound probe", rows: snapshot.outbound }, judgeProbes),
};

function judgeProbes(server: string, probes: readonly OutboundProbe[]): readonly ObjectVerdict[] {
  const unreachable = probes.filter((probe) => probe.Reachable === false).map((probe) => probe.Host ?? "a host");
  if (unreachable.length > 0)
    return [
      fail(
        server,
        { found: `not reachable: ${listed([...new Set(unreachable)], 4)}`, wanted: "reachable over HTTPS" },
        { remedy: remedyFor([...new Set(unreachable)], { server }) },
      ),
    ];
  if (probes.some((probe) => probe.Reachable === null)) return [unknown(server, "the outbound probe has no result")];
  return [pass(server)];
}

/** The hosts depend on the organisation's cloud: national clouds use others. */
function remedyFor(hosts: readonly string[], values: CommandValues): string {
  return remedy(
    note(`Allow HTTPS from the server to ${listed(hosts, 4)}; or set the proxy that leads there:`),
    command("exchangeProxy", values),
    command("showExchangeProxy"),
  );
}
