import { command, note, remedy } from "../catalogue/commands.ts";
import { formatExchangeBuild } from "../model/snapshot/exchange-build.ts";
import type { ExchangeBuild } from "../model/snapshot/exchange-build.ts";
import type { ExchangeServer } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { buildOf, nameOfServer } from "./servers.ts";

/** First build of Subscription Edition. */
const SE_BUILD = 2562;

export const supportedRelease: Check = {
  id: "supported_release",
  title: "The server's release of Exchange is in support",
  why:
    "Support of Exchange 2016 and 2019 ended on 14 October 2025, that of 2013 on 11 April 2023; only " +
    "Subscription Edition gets updates for everybody. Cumulative update 2 of Subscription Edition will refuse " +
    "to " +
    "install beside 2016 and 2019.",
  remedy: remedy(
    note("Upgrade to Exchange Server Subscription Edition (from 2019 in place); the build of a server:"),
    command("showBuild"),
  ),
  severity: "info",
  evaluate: (snapshot) => {
    const servers = (snapshot.exchangeServers ?? []).filter((server) => nameOfServer(server) !== "");
    if (servers.length === 0)
      return [unknown(ORGANISATION, notCollected(snapshot, "exchangeServers", "Get-ExchangeServer"))];
    return servers.map(judge);
  },
};

function judge(server: ExchangeServer): ObjectVerdict {
  const build = buildOf(server);
  if (build === null) return unknown(nameOfServer(server), "the snapshot gives no build that can be read");
  const release = endedRelease(build);
  if (release === null) return pass(nameOfServer(server));
  const found = `Exchange ${release} (${formatExchangeBuild(build)})`;
  return fail(nameOfServer(server), { found, wanted: "Exchange Server Subscription Edition" });
}

/** Name of a release out of support; null for a supported release, and for any newer build. */
function endedRelease({ major, minor, build }: ExchangeBuild): string | null {
  if (major < 15) return "2010 or older";
  if (major > 15 || minor > 2) return null;
  if (minor === 0) return "2013";
  if (minor === 1) return "2016";
  return build < SE_BUILD ? "2019" : null;
}
