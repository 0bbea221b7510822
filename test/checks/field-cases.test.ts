import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import { keyMetrics } from "../../src/checks/check-metrics.ts";
import { evaluateChecks, type CheckResult } from "../../src/checks/evaluate-checks.ts";
import { parseOpenIdKeys } from "../../src/exchange/keys/parse-keys.ts";
import { parseSnapshotBytes } from "../../src/exchange/snapshot-folder.ts";
import { keyStates, type PublishedKeys } from "../../src/model/snapshot/signing-keys.ts";
import { publishedKeysOf, trustedKeys } from "../../src/model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../../src/model/snapshot/snapshot.ts";

const FOLDER = resolve(import.meta.dirname, "../../../shared/cases/exchange");
const isThere = existsSync(FOLDER);
if (!isThere) console.warn("No cases beside this repository: verdicts on snapshots of real situations are skipped");
const NOW_MS = Date.parse("2026-11-28T12:00:00Z");

interface FieldCase {
  readonly check: string;
  /** Verdict per object: `fail critical: <part of found>`, `unknown: <part of the reason>`, `pass`. */
  readonly verdicts: Readonly<Record<string, string>>;
  readonly remedy?: RegExp;
  readonly neverInRemedy?: RegExp;
}

const EVOSTS = "EvoSts - 11111111-2222-3333-4444-555555555555";

const CASES: Readonly<Record<string, FieldCase>> = {
  "f02-default-on-acs.json": {
    check: "default_authorization_endpoint",
    verdicts: { organisation: "fail critical: of type MicrosoftACS" },
    remedy: /Set-AuthServer 'EvoSts - 1{8}-[-\d]+' -IsDefaultAuthorizationEndpoint \$true/,
    neverInRemedy: /'EvoSts[^']*' -IsDefaultAuthorizationEndpoint \$false/,
  },
  "f02-two-defaults-old-first.json": {
    check: "default_authorization_endpoint",
    verdicts: { organisation: "fail critical: 2: EvoSTS" },
    remedy: /Set-AuthServer 'EvoSTS' -IsDefaultAuthorizationEndpoint \$false/,
    neverInRemedy: /'EvoSts - [^']*' -IsDefaultAuthorizationEndpoint \$false/,
  },
  "f03-adfs-only-drift.json": { check: "key_drift", verdicts: { ADFS: "fail critical: published keys missing" } },
  "f05-next-missing-on-one-server.json": {
    check: "next_certificate",
    verdicts: { organisation: "fail critical: on EX02, takes effect 2026-11-30" },
    remedy: /MonitorExchangeAuthCertificate\.ps1 .*-IgnoreHybridConfig \$true/,
    neverInRemedy: /New-ExchangeCertificate/,
  },
  "f05-next-date-past-not-published.json": {
    check: "next_certificate",
    verdicts: { organisation: "fail warning: its date was 10 days ago" },
    remedy: /Set-AuthConfig -PublishCertificate/,
  },
  "f06-current-missing-on-one-server.json": {
    check: "auth_certificate",
    verdicts: { EX01: "pass", EX02: "fail critical: missing" },
    remedy: /imports it there/,
    neverInRemedy: /New-ExchangeCertificate|Set-AuthConfig/,
  },
  "f07-certificates-without-thumbprint.json": {
    check: "auth_certificate",
    verdicts: { EX01: "unknown: without a thumbprint", EX02: "unknown: without a thumbprint" },
  },
  "f08-hybrid-app-on-disabled-server.json": {
    check: "dedicated_hybrid_app",
    verdicts: { organisation: "fail warning: at a disabled AuthServer: EvoSTS" },
  },
  "f08-hybrid-app-override-one-server.json": {
    check: "dedicated_hybrid_app",
    verdicts: { organisation: "fail warning: for EX01 alone" },
    remedy: /New-SettingOverride/,
  },
  "f08-hybrid-app-build-too-old.json": {
    check: "dedicated_hybrid_app",
    verdicts: { organisation: "fail warning: EX01, EX02 older than the April 2025 update" },
  },
  "f09-mapi-methods-one-text.json": {
    check: "oauth_on_virtual_directories",
    verdicts: { "EX01\\mapi (Default Web Site)": "pass", "EX02\\mapi (Default Web Site)": "pass" },
  },
  "f10-owa-modern-on-2016.json": {
    check: "owa_ecp_modern_auth",
    verdicts: { "EX01\\owa (Default Web Site)": "fail warning: older than 15.2.1544.11" },
    remedy: /Set-OwaVirtualDirectory 'EX01\\owa \(Default Web Site\)' -OAuthAuthentication \$false/,
  },
  "f11-autodiscover-without-tls.json": {
    check: "no_ssl_offload",
    verdicts: { "EX01\\Autodiscover (Default Web Site)": "fail warning: sslFlags" },
    remedy: /'Default Web Site\/Autodiscover'/,
    neverInRemedy: /EWS/,
  },
  "f11-periodic-restart-schedule.json": {
    check: "no_periodic_restart",
    verdicts: { EX01: "fail warning: schedule" },
    remedy: /itself recycles the pool[\s\S]*\/-recycling\.periodicRestart\.schedule\.\[value='\d\d:/,
  },
  "f11-exchange-2013.json": {
    check: "exchange_build",
    verdicts: { EX01: "pass", EX02: "pass", EX13: "fail critical: 15.0.1497.2" },
    remedy: /uninstall/,
    neverInRemedy: /cumulative update/,
  },
  "f12-last-run-in-the-future.json": {
    check: "auth_admin_runs",
    verdicts: { organisation: "unknown: after the snapshot" },
  },
  "f13-duplicate-evosts.json": {
    check: "one_auth_server_per_tenant",
    verdicts: { organisation: "fail warning: 2 of one tenant" },
    remedy: /Set-AuthServer 'EvoSTS' -Enabled \$false/,
    neverInRemedy: /'EvoSts - /,
  },
};

function snapshotOf(file: string): Snapshot {
  return parseSnapshotBytes(readFileSync(`${FOLDER}/${file}`)).snapshot;
}

function judged(snapshot: Snapshot, publishedKeys: readonly PublishedKeys[] | null = null): readonly CheckResult[] {
  return evaluateChecks(snapshot, {
    nowMs: NOW_MS,
    builds: EXCHANGE_BUILDS,
    publishedKeys,
    logGaps: [],
    rolledOverAtMs: null,
    proofs: [],
  });
}

/** The verdict in the notation of the table, with the expected part of its detail, or all of it. */
function shown({ verdict, severity, found, because }: CheckResult, expected: string): string {
  const detail = found ?? because ?? "";
  const part = expected.split(": ").slice(1).join(": ");
  const text = part !== "" && detail.includes(part) ? part : detail;
  return `${verdict}${verdict === "fail" ? ` ${severity}` : ""}${text === "" ? "" : `: ${text}`}`;
}

(isThere ? describe : describe.skip)("snapshots of real situations", () => {
  test("every file of the folder is used by a test", () => {
    const elsewhere = [
      "f04-common-keys.json",
      "f04-snapshot-domain-url.json",
      // Tested by test/exchange/powershell/field-cases.system.test.ts.
      "f01-remote-enum.ps1",
      "f21-error-texts.txt",
      "README.md",
    ];
    expect([...Object.keys(CASES), ...elsewhere].sort()).toEqual(readdirSync(FOLDER).sort());
  });

  test.each(Object.entries(CASES))("%s", (file, { check, verdicts, remedy, neverInRemedy }) => {
    const rows = judged(snapshotOf(file)).filter((row) => row.check === check);
    const byObject = Object.fromEntries(
      Object.entries(verdicts).map(([object, expected]) => {
        const row = rows.find((each) => each.object === object);
        return [object, row === undefined ? "no verdict" : shown(row, expected)];
      }),
    );
    expect(byObject).toEqual(verdicts);
    const remedies = rows.map((row) => row.remedy ?? "").join("\n");
    if (remedy !== undefined) expect(remedies).toMatch(remedy);
    if (neverInRemedy !== undefined) expect(remedies).not.toMatch(neverInRemedy);
  });

  test("an organisation with only AD FS is exposed, has no critical failure except its keys, and no mention of the hybrid wizard", () => {
    const snapshot = snapshotOf("f03-adfs-only-drift.json");
    const failed = judged(snapshot).filter((row) => row.verdict === "fail");
    expect(failed.filter((row) => row.severity === "critical").map((row) => row.check)).toEqual(["key_drift"]);
    expect(failed.map((row) => row.remedy).join("\n")).not.toMatch(/Hybrid Configuration Wizard/);
    const states = keyStates(publishedKeysOf(snapshot), trustedKeys(snapshot) ?? [], NOW_MS);
    expect(keyMetrics(states)).toContainEqual({ kind: "value", metric: "hma_exposed", labels: {}, value: 1 });
  });

  test("keys of other issuers in a substitute key set are not missing", () => {
    const snapshot = snapshotOf("f04-snapshot-domain-url.json");
    const trusted = trustedKeys(snapshot) ?? [];
    const parsed = parseOpenIdKeys(readFileSync(`${FOLDER}/f04-common-keys.json`, "utf8"), trusted[0]?.tenant ?? "");
    expect(parsed).toMatchObject({ ok: true });
    const keys = parsed.ok ? parsed.keys : [];
    expect(keys).toHaveLength(2);
    const published = { issuer: "evosts", authServer: EVOSTS, fetchedAtMs: NOW_MS, isStandIn: true, keys } as const;
    const states = keyStates([published], trusted, NOW_MS);
    expect(states[0]?.missing).toEqual([]);
    expect(keyMetrics(states)).toContainEqual({ kind: "value", metric: "hma_exposed", labels: {}, value: 0 });
    // Without a tenant id, a key set is not assumed to be complete.
    const unnamed = parseOpenIdKeys(readFileSync(`${FOLDER}/f04-common-keys.json`, "utf8"), "");
    expect(unnamed.ok ? unnamed.keys : []).toHaveLength(2);
  });
});
