import type { SettingOverride, Snapshot } from "../model/snapshot/snapshot.ts";
import { evoStsServers } from "./auth-servers.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";

export const dedicatedHybridApp: Check = {
  id: "dedicated_hybrid_app",
  title: "The dedicated Exchange hybrid application is in use",
  why:
    "Exchange Online no longer takes hybrid calls of the shared service principal. The setting override takes up to 60 minutes to take effect; recycling " +
    "MSExchangeServicesAppPool speeds it up, and is itself a recycle. It needs the April 2025 update or later.",
  remedy: "ConfigureExchangeHybridApplication.ps1 -FullyConfigureExchangeHybridApplication",
  severity: "warning",
  evaluate: (snapshot) => [judge(snapshot)],
};

function judge(snapshot: Snapshot): ObjectVerdict {
  const overrides = snapshot.settingOverrides;
  if (overrides === null)
    return unknown(ORGANISATION, notCollected(snapshot, "settingOverrides", "Get-SettingOverride"));
  const wanted =
    "one override Global/ExchangeOnpremAsThirdPartyAppId with Enabled=true, and an application id at the AuthServer";
  const matching = overrides.filter(isHybridAppOverride);
  if (matching.some((override) => override.Parameters === null))
    return unknown(ORGANISATION, "the snapshot does not give the Parameters of the override");
  const enabled = matching.filter((override) =>
    override.Parameters?.some((parameter) => /^\s*enabled\s*=\s*true\s*$/i.test(parameter)),
  );
  if (enabled.length === 0) {
    if (matching.length === 0 && snapshot.hybridConfiguration?.length === 0) return pass(ORGANISATION);
    return fail(ORGANISATION, {
      found: matching.length === 0 ? "no override" : "an override that is not enabled",
      wanted,
    });
  }
  if (matching.length > 1)
    return fail(
      ORGANISATION,
      { found: `${matching.length} overrides`, wanted },
      {
        remedy:
          "Remove-SettingOverride all but one, then Get-ExchangeDiagnosticInfo -Process Microsoft.Exchange.Directory.TopologyService -Component VariantConfiguration -Argument Refresh",
      },
    );
  const servers = evoStsServers(snapshot);
  if (servers === null) return unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"));
  // Sample: 00000000-0000-0000-0000-000000000000
  if (servers.some((server) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(server.ApplicationIdentifier ?? "")))
    return pass(ORGANISATION);
  if (servers.length === 0 || servers.some((server) => server.ApplicationIdentifier === null))
    return unknown(ORGANISATION, "the application id at the AuthServer of Entra ID is not known");
  return fail(ORGANISATION, { found: "no application id at the AuthServer of Entra ID", wanted });
}

function isHybridAppOverride(override: SettingOverride): boolean {
  return (
    override.ComponentName?.toLowerCase() === "global" &&
    override.SectionName?.toLowerCase() === "exchangeonpremasthirdpartyappid"
  );
}
