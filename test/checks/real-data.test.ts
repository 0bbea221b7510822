import { describe, expect, test } from "@jest/globals";
import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import type { CheckContext } from "../../src/checks/check.ts";
import { evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { hasSamples, readSample, sampleSnapshot } from "./sample-snapshot.ts";

const describeSamples = hasSamples ? describe : describe.skip;
if (!hasSamples) console.warn("No Exchange samples beside this repository: verdicts on real data are skipped");

const CONTEXT: CheckContext = {
  nowMs: Date.parse("2021-09-28T18:00:00Z"),
  builds: EXCHANGE_BUILDS,
  publishedKeys: null,
  logGaps: [],
  rolledOverAtMs: null,
  proofs: [],
};

/** `<check> <object>: <verdict>` of a snapshot. */
function verdicts(changes: Parameters<typeof sampleSnapshot>[0] = {}, context = CONTEXT): readonly string[] {
  const { snapshot, faults } = sampleSnapshot(changes);
  expect(faults).toEqual([]);
  return evaluateChecks(snapshot, context).map(
    (row) => `${row.check} ${row.object}: ${row.verdict}${row.found === null ? "" : ` ${row.severity}, ${row.found}`}`,
  );
}

describeSamples("real Exchange 2019 CU11, one server, single domain", () => {
  test("gives the same verdicts as a manual review", () => {
    expect(verdicts()).toEqual([
      // EnableAuthAdminReadSession false, servers in the root domain.
      "auth_admin_read_session organisation: fail warning, False",
      // 15.2.986.5 is CU11, the flag came with CU6.
      "exchange_build SOLO-E19A: pass",
      "modern_auth_enabled organisation: fail critical, False",
      "mapi_http organisation: pass",
      // There is no sample of Get-AuthServer.
      "evosts_present organisation: unknown",
      "default_authorization_endpoint organisation: unknown",
      "evosts_domain organisation: unknown",
      "evosts_issuer organisation: unknown",
      "key_drift organisation: unknown",
      "auth_admin_runs organisation: unknown",
      "oauth_on_virtual_directories MapiVirtualDirectory: unknown",
      "oauth_on_virtual_directories SOLO-E19A\\EWS (Default Web Site): pass",
      "oauth_on_virtual_directories OabVirtualDirectory: unknown",
      "oauth_on_virtual_directories AutodiscoverVirtualDirectory: unknown",
      "oauth_on_virtual_directories ActiveSyncVirtualDirectory: unknown",
      // OAuth is off for OWA, which is the default.
      "owa_ecp_modern_auth SOLO-E19A\\owa (Default Web Site): pass",
      "owa_ecp_modern_auth EcpVirtualDirectory: unknown",
      "uniform_virtual_directories MapiVirtualDirectory: unknown",
      "uniform_virtual_directories WebServicesVirtualDirectory: pass",
      "uniform_virtual_directories OabVirtualDirectory: unknown",
      "uniform_virtual_directories AutodiscoverVirtualDirectory: unknown",
      "uniform_virtual_directories ActiveSyncVirtualDirectory: unknown",
      "uniform_virtual_directories OwaVirtualDirectory: pass",
      "uniform_virtual_directories EcpVirtualDirectory: unknown",
      "service_principal_names organisation: unknown",
      "no_ssl_offload MapiVirtualDirectory: unknown",
      "no_ssl_offload SOLO-E19A\\EWS (Default Web Site): unknown",
      "no_ssl_offload OabVirtualDirectory: unknown",
      "no_ssl_offload AutodiscoverVirtualDirectory: unknown",
      "no_ssl_offload ActiveSyncVirtualDirectory: unknown",
      "outbound_path SOLO-E19A: unknown",
      "classic_hybrid organisation: unknown",
      // C3EDCF18…, valid until 2024, in the server's store.
      "auth_certificate SOLO-E19A: pass",
      "next_certificate organisation: pass",
      "auth_config_service_name organisation: pass",
      "partner_application organisation: pass",
      // The only override is Cafe/HttpRequestFiltering.
      "dedicated_hybrid_app organisation: fail warning, no override",
      "recycle_logging SOLO-E19A: pass",
      // OWA and ECP have 14 days, all others 0.
      "no_periodic_restart SOLO-E19A: pass",
      "iis_log_quality SOLO-E19A\\Default Web Site: fail info, flushByEntryCountW3CLog 0; no custom field x-ms-diagnostics",
      "iis_log_quality SOLO-E19A\\Exchange Back End: fail info, flushByEntryCountW3CLog 0",
      "clock SOLO-E19A: unknown",
      "users_synchronised organisation: unknown",
      // ForwardSyncDaemon and ProvisioningRps are inactive, which is normal.
      "component_states SOLO-E19A: pass",
      "authentication_policies organisation: unknown",
      "auth_server_written organisation: unknown",
      "supported_release SOLO-E19A: fail info, Exchange 2019 (15.2.986.5)",
      "hybrid_graph_routing organisation: fail info, SOLO-E19A older than 15.2.2562.41",
      "one_auth_server_per_tenant organisation: unknown",
    ]);
  });

  test("the auth certificate has expired by 2026", () => {
    const rows = verdicts({}, { ...CONTEXT, nowMs: Date.parse("2026-11-22T00:00:00Z") });
    expect(rows.find((row) => row.startsWith("auth_certificate"))).toMatch(
      /^auth_certificate SOLO-E19A: fail critical, expired 2024-/,
    );
    expect(rows.find((row) => row.startsWith("next_certificate"))).toBe(
      "next_certificate organisation: fail warning, none staged, the current one has expired",
    );
  });

  test("the override of the dedicated hybrid application is recognised", () => {
    const rows = verdicts({
      settingOverrides: readSample("GetSettingOverride2.xml"),
      authServers: [
        {
          Name: "EvoSts - x",
          Type: "AzureAD",
          Enabled: true,
          ApplicationIdentifier: "11112222-3333-4444-5555-666677778888",
        },
      ],
    });
    // CU11 is too old for the application, so the override is not evaluated.
    expect(rows.find((row) => row.startsWith("dedicated_hybrid_app"))).toBe(
      "dedicated_hybrid_app organisation: fail warning, SOLO-E19A older than the April 2025 update",
    );
  });

  test("the other organisation configuration gives the same verdicts: they differ in a property that no check uses", () => {
    expect(verdicts({ organizationConfig: readSample("GetOrganizationConfig1.xml")[0]! })).toEqual(verdicts());
  });
});
