import { command, note, remedy } from "../catalogue/commands.ts";
import { floorFor, formatExchangeBuild, isAtLeast, releaseOf } from "../model/snapshot/exchange-build.ts";
import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { ExchangeServer } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { buildOf } from "./servers.ts";

export const exchangeBuild: Check = {
  id: "exchange_build",
  title: "Exchange is new enough to have EnableAuthAdminReadSession",
  why:
    "The flag exists from 2016 CU17 and 2019 CU6 on (June 2020) and in every build of SE. Below that no " +
    "setting keeps the keys in AD up to date.",
  remedy: remedy(note("Install a supported cumulative update on the server; its build:"), command("showBuild")),
  severity: "critical",
  evaluate: (snapshot, context) => {
    const servers = (snapshot.exchangeServers ?? []).filter((server) => nameOf(server) !== "");
    if (servers.length === 0)
      return [unknown(ORGANISATION, notCollected(snapshot, "exchangeServers", "Get-ExchangeServer"))];
    return servers.map((server) => judgeBuild(server, context));
  },
};

const DECOMMISSION = note(
  "No update of Exchange 2013 or older has the flag, and there are no updates any more: move its mailboxes " +
    "and connectors to newer servers and uninstall it",
);

function nameOf(server: ExchangeServer): string {
  return shortServerName(server.Name ?? server.Fqdn ?? "");
}

function judgeBuild(server: ExchangeServer, context: CheckContext): ObjectVerdict {
  const build = buildOf(server);
  if (build === null)
    return unknown(
      nameOf(server),
      "the snapshot gives neither ExSetupVersion nor AdminDisplayVersion in a form that can be read",
    );
  if (isAtLeast(build, context.builds.readSession)) return pass(nameOf(server));
  const release = releaseOf(build, context.builds);
  const found = release === null ? formatExchangeBuild(build) : `${formatExchangeBuild(build)} (${release.name})`;
  const floor = floorFor(build, context.builds.readSession);
  const wanted =
    floor === null
      ? "Exchange 2016 CU17, 2019 CU6, SE or later"
      : `${formatExchangeBuild(floor.build)} (${floor.name}) or later`;
  // Exchange 2013 and older never got an update with the flag.
  if (floor !== null) return fail(nameOf(server), { found, wanted });
  return fail(nameOf(server), { found, wanted }, { remedy: DECOMMISSION });
}
