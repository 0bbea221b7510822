import { floorFor, formatExchangeBuild, isAtLeast, releaseOf } from "../model/snapshot/exchange-build.ts";
import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { ExchangeServer } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { buildOf } from "./servers.ts";

export const exchangeBuild: Check = {
  id: "exchange_build",
  title: "Exchange is new enough to have EnableAuthAdminReadSession",
  why: "The flag exists from 2016 CU17 and 2019 CU6 on (June 2020) and in every build of SE. Below that no setting keeps the keys in AD up to date.",
  remedy:
    "Install a supported cumulative update on the server; the build is (Get-Command ExSetup.exe).FileVersionInfo.ProductVersion",
  severity: "critical",
  evaluate: (snapshot, context) => {
    const servers = (snapshot.exchangeServers ?? []).filter((server) => nameOf(server) !== "");
    if (servers.length === 0)
      return [unknown(ORGANISATION, notCollected(snapshot, "exchangeServers", "Get-ExchangeServer"))];
    return servers.map((server) => judge(server, context));
  },
};

function nameOf(server: ExchangeServer): string {
  return shortServerName(server.Name ?? server.Fqdn ?? "");
}

function judge(server: ExchangeServer, context: CheckContext): ObjectVerdict {
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
  return fail(nameOf(server), { found, wanted });
}
