import { command, note, remedy } from "../catalogue/commands.ts";
import type { SettingOverride, Snapshot } from "../model/snapshot/snapshot.ts";
import { evoStsServers, nameOf } from "./auth-servers.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { hasUpdate, nameOfServer } from "./servers.ts";
import { hybridAppOverrides, isEnabled, limitOf } from "./setting-overrides.ts";

/** Application id of Exchange Online: the shared service principal, which the dedicated application replaces. */
const EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000";
const WANTED =
  "one override Global/ExchangeOnpremAsThirdPartyAppId with Enabled=true for all servers, and an " +
  "application id of its own at an enabled AuthServer";

export const dedicatedHybridApp: Check = {
  id: "dedicated_hybrid_app",
  title: "The dedicated Exchange hybrid application is in use, whole",
  why:
    "Exchange Online has accepted no hybrid calls of the shared service principal since 31 October 2025. " +
    "Required are the override for all servers, an application id of its own at an enabled " +
    "AuthServer of Entra ID, and the April 2025 update on every server. The override takes up to 60 minutes " +
    "to take effect; recycling MSExchangeServicesAppPool speeds it up, and is itself a recycle.",
  remedy: remedy(command("configureHybridApp"), command("showOverrides")),
  severity: "warning",
  evaluate: (snapshot, context) => [judgeHybridApp(snapshot, context)],
};

function judgeHybridApp(snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  const overrides = snapshot.settingOverrides;
  if (overrides === null)
    return unknown(ORGANISATION, notCollected(snapshot, "settingOverrides", "Get-SettingOverride"));
  const matching = hybridAppOverrides(overrides);
  if (matching.length === 0 && snapshot.hybridConfiguration?.length === 0) return pass(ORGANISATION);
  if (matching.some((override) => override.Parameters === null))
    return unknown(ORGANISATION, "the snapshot does not give the Parameters of the override");
  const [only] = matching.filter((override) => isEnabled(override) === true);
  if (only === undefined) return failed(matching.length === 0 ? "no override" : "an override that is not enabled");
  if (matching.length > 1) return severalOverrides(matching);
  return (
    judgeOverride(only, snapshot) ??
    judgeApplication(snapshot) ??
    judgeBuilds(snapshot, context) ??
    judgeLimits(only, snapshot)
  );
}

function failed(found: string, remedyText?: string): ObjectVerdict {
  return fail(ORGANISATION, { found, wanted: WANTED }, remedyText === undefined ? {} : { remedy: remedyText });
}

function severalOverrides(matching: readonly SettingOverride[]): ObjectVerdict {
  const rest = matching.slice(1, 5).map((override) => command("removeOverride", { override: override.Name ?? "" }));
  return failed(`${matching.length} overrides`, remedy(command("showOverrides"), ...rest, command("refreshOverrides")));
}

function judgeOverride(override: SettingOverride, snapshot: Snapshot): ObjectVerdict | null {
  const limit = limitOf(override, snapshot);
  if (limit === null || limit === "") return null;
  return failed(
    `the override holds ${limit}`,
    remedy(
      note("Remove it and set it for all servers:"),
      command("removeOverride", { override: override.Name ?? "" }),
      command("hybridAppOverride"),
      command("refreshOverrides"),
    ),
  );
}

function judgeLimits(override: SettingOverride, snapshot: Snapshot): ObjectVerdict {
  if (limitOf(override, snapshot) === "") return pass(ORGANISATION);
  return unknown(ORGANISATION, "the snapshot does not say for which servers and builds the override holds");
}

function judgeApplication(snapshot: Snapshot): ObjectVerdict | null {
  const all = evoStsServers(snapshot);
  if (all === null) return unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"));
  const servers = all.filter((server) => server.Enabled !== false);
  // Sample: 11112222-3333-4444-5555-666677778888
  const ids = servers.flatMap(({ ApplicationIdentifier: id }) =>
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id ?? "") ? [id?.toLowerCase()] : [],
  );
  if (ids.some((id) => id !== EXCHANGE_ONLINE)) return null;
  if (ids.length > 0) return failed("the application id is that of Exchange Online itself");
  const elsewhere = all.filter((server) => !servers.includes(server) && (server.ApplicationIdentifier ?? "") !== "");
  if (elsewhere.length > 0)
    return failed(`the application id stands at a disabled AuthServer: ${listed(elsewhere.map(nameOf), 2)}`);
  if (servers.length === 0 || servers.some((server) => server.ApplicationIdentifier === null))
    return unknown(ORGANISATION, "the application id at the AuthServer of Entra ID is not known");
  return failed("no application id at the AuthServer of Entra ID");
}

function judgeBuilds(snapshot: Snapshot, context: CheckContext): ObjectVerdict | null {
  const floors = context.builds.hybridApplication;
  const servers = snapshot.exchangeServers ?? [];
  const tooOld = servers.filter((server) => hasUpdate(server, floors) === false).map(nameOfServer);
  if (tooOld.length > 0)
    return failed(
      `${listed(tooOld, 4)} older than the April 2025 update`,
      remedy(
        note("Install the newest update of their cumulative update on these servers; the build:"),
        command("showBuild"),
      ),
    );
  if (servers.length > 0 && servers.every((server) => hasUpdate(server, floors) === true)) return null;
  return unknown(ORGANISATION, "whether every server has the April 2025 update or later is not known");
}
