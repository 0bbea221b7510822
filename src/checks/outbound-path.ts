import type { OutboundProbe } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

export const outboundPath: Check = {
  id: "outbound_path",
  title: "Every server reaches the sign-in hosts of Entra ID",
  why:
    "Workers fetch published keys themselves, through the server's InternetWebProxy where one is set. A server that cannot (MSExchange OAuth 2007) goes on refusing " +
    "tokens after a roll-over, for up to 24 hours.",
  remedy:
    "Allow HTTPS from the server to login.microsoftonline.com and login.windows.net, or Set-ExchangeServer '<server>' -InternetWebProxy 'http://<proxy>:<port>'",
  severity: "critical",
  evaluate: (snapshot) =>
    judgeServers(snapshot, { part: "outbound", source: "the outbound probe", rows: snapshot.outbound }, judge),
};

function judge(server: string, probes: readonly OutboundProbe[]): readonly ObjectVerdict[] {
  const unreachable = probes.filter((probe) => probe.Reachable === false).map((probe) => probe.Host ?? "a host");
  if (unreachable.length > 0)
    return [
      fail(server, { found: `not reachable: ${listed([...new Set(unreachable)], 4)}`, wanted: "reachable over HTTPS" }),
    ];
  if (probes.some((probe) => probe.Reachable === null)) return [unknown(server, "the outbound probe has no result")];
  return [pass(server)];
}
