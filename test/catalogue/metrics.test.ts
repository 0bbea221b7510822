import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CAUSE_RECORDS } from "../../src/causes/records/index.ts";
import { initialSeries, possibleSeries } from "../../src/catalogue/initial-series.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { metricsPage } from "../../.ci/docs/metrics-page.ts";
import { metricUsersModule } from "../../.ci/docs/metric-users.ts";
import { seriesBudget } from "../../src/catalogue/series-budget.ts";
import { writtenPage } from "../written-page.ts";
import { requestFacts } from "../../src/detectors/request-result.ts";
import { APP_POOLS } from "../../src/model/app-pool.ts";
import { CATEGORIES, CAUSES, PROTOCOLS, SCHEMES } from "../../src/model/label-values.ts";

const ALL: readonly Metric[] = METRICS;
const named = (name: string): Metric => ALL.find((metric) => metric.name === name)!;

/** Names, types and labels on which dashboards, alerts and users rely. */
const PROMISED: readonly (readonly [string, Metric["type"], readonly string[]])[] = [
  ["hma_requests_total", "counter", ["protocol", "scheme", "result"]],
  ["hma_bearer_rejections_total", "counter", ["app_pool", "category"]],
  ["hma_bearer_loops_open", "gauge", ["app_pool"]],
  ["hma_bearer_loops_total", "counter", ["app_pool", "outcome"]],
  ["hma_bearer_loop_duration_seconds", "histogram", ["app_pool"]],
  ["hma_stranger_loop_seconds_total", "counter", ["app_pool"]],
  ["hma_incident_open", "gauge", ["app_pool", "cause"]],
  ["hma_incidents_total", "counter", ["app_pool", "cause"]],
  ["hma_incident_clients", "gauge", ["app_pool"]],
  ["hma_incident_proven", "gauge", ["app_pool"]],
  ["hma_incident_start_timestamp_seconds", "gauge", ["app_pool"]],
  ["hma_incident_expected_end_timestamp_seconds", "gauge", ["app_pool"]],
  ["hma_incident_duration_seconds", "histogram", ["cause"]],
  ["hma_app_pool_recycles_total", "counter", ["app_pool", "reason"]],
  ["hma_app_pool_worker_start_timestamp_seconds", "gauge", ["app_pool"]],
  ["hma_app_pool_first_bearer_timestamp_seconds", "gauge", ["app_pool"]],
  ["hma_server_in_maintenance", "gauge", []],
  ["hma_signing_keys", "gauge", ["issuer", "state"]],
  ["hma_exposed", "gauge", []],
  ["hma_key_changes_total", "counter", ["kind"]],
  ["hma_key_change_timestamp_seconds", "gauge", ["kind"]],
  ["hma_auth_certificate_not_after_timestamp_seconds", "gauge", ["slot"]],
  ["hma_auth_admin_last_run_timestamp_seconds", "gauge", []],
  ["hma_config_compliant", "gauge", ["check", "severity", "object"]],
  ["hma_config_check_success", "gauge", ["check"]],
  ["hma_collector_success", "gauge", ["collector"]],
  ["hma_collector_duration_seconds", "gauge", ["collector"]],
  ["hma_collector_last_success_timestamp_seconds", "gauge", ["collector"]],
  ["hma_log_lines_total", "counter", ["format", "fate"]],
  ["hma_log_bytes_read_total", "counter", ["format"]],
  ["hma_log_last_event_timestamp_seconds", "gauge", ["format"]],
  ["hma_log_lag_seconds", "gauge", ["format"]],
  ["hma_log_files", "gauge", ["format"]],
  ["hma_log_unaccounted_bytes", "gauge", []],
  ["hma_probe_success", "gauge", ["probe", "protocol"]],
  ["hma_probe_verdict", "gauge", ["protocol", "verdict"]],
  ["hma_probe_bearer_offered", "gauge", ["protocol"]],
  ["hma_probe_authority_valid", "gauge", ["protocol"]],
  ["hma_probe_http_status_code", "gauge", ["protocol"]],
  ["hma_probe_duration_seconds", "gauge", ["protocol", "phase"]],
  ["hma_probe_timestamp_seconds", "gauge", ["probe", "protocol"]],
  ["hma_probe_tls_not_after_timestamp_seconds", "gauge", []],
  ["hma_probe_credential_not_after_timestamp_seconds", "gauge", []],
  ["hma_exporter_build_info", "gauge", ["version", "revision", "node_version"]],
  ["hma_exporter_config_last_reload_successful", "gauge", []],
];

describe("METRICS", () => {
  test.each(PROMISED)("contains %s as a %s with its labels", (name, type, labels) => {
    expect(named(name)).toMatchObject({ name, type });
    expect(Object.keys(named(name).labels)).toEqual(labels);
  });

  test("declares each name once, by the naming rules of Prometheus", () => {
    const names = ALL.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, help, labels, buckets } of ALL) {
      expect(name).toMatch(/^hma(_[a-z]+)+$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      expect([name, buckets !== undefined]).toEqual([name, type === "histogram"]);
      expect(help).toMatch(/^[A-Z0-9].{10,}[^.]$/);
      for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(Object.keys(labels)).not.toContain("instance");
    }
  });

  test("states for every metric that can be missing when it is missing", () => {
    for (const { name, absentUntilKnown, labels, help } of ALL) {
      const isOpen = Object.values(labels).some((values) => values.length === 0);
      if (absentUntilKnown === true && !isOpen && !name.endsWith("duration_seconds"))
        expect([name, help]).toEqual([name, expect.stringContaining("absent")]);
    }
  });
});

describe("initialSeries()", () => {
  test("omits impossible pairs of scheme and result", () => {
    const pairs = new Set(
      initialSeries(named("hma_requests_total")).map(({ scheme, result }) => `${scheme} ${result}`),
    );
    expect(pairs.has("bearer rejected")).toBe(true);
    expect(pairs.has("ntlm rejected")).toBe(false);
    expect(pairs.has("unknown handshake")).toBe(true);
    expect(pairs.has("bearer handshake")).toBe(false);
    expect([...pairs].filter((pair) => pair.endsWith(" handshake"))).toEqual([
      "negotiate handshake",
      "ntlm handshake",
      "unknown handshake",
    ]);
    expect(initialSeries(named("hma_requests_total"))).toHaveLength(pairs.size * PROTOCOLS.length);
  });

  test("is one empty label set for a metric without labels", () => {
    expect(initialSeries(named("hma_exporter_clients_dropped_total"))).toEqual([{}]);
  });

  test("is empty if 0 would be a claim, and for open label values", () => {
    expect(initialSeries(named("hma_exposed"))).toEqual([]);
    expect(initialSeries(named("hma_config_compliant"))).toEqual([]);
    expect(possibleSeries(named("hma_signing_keys"))).toEqual([]);
  });

  test("sets every counter with known label values to 0", () => {
    for (const metric of ALL.filter(({ type, absentUntilKnown }) => type === "counter" && absentUntilKnown !== true)) {
      expect([metric.name, initialSeries(metric).length > 0]).toEqual([metric.name, true]);
    }
  });
});

describe("seriesBudget()", () => {
  test("counts each bucket, the sum and the count of a histogram", () => {
    expect(
      seriesBudget([
        {
          name: "h_seconds",
          type: "histogram",
          scope: "server",
          labels: { a: ["x", "y"] },
          buckets: [1, 2],
          help: "Help",
        },
      ]),
    ).toEqual({ initial: 10, most: 10 });
  });

  test("keeps a server below 2,500 series", () => {
    const { initial, most } = seriesBudget(ALL.filter(({ scope }) => scope === "server"));
    expect(initial).toBeLessThanOrEqual(most);
    expect(most).toBeLessThan(2500);
  });
});

test("metric-users.ts matches the rules and dashboards (write it again with UPDATE_DOCS=1, then docs/metrics.md)", () => {
  expect(writtenPage("src/catalogue/written/metric-users.ts", metricUsersModule())).toBe(metricUsersModule());
});

test("docs/metrics.md matches the catalogue (write it again with UPDATE_DOCS=1)", () => {
  expect(writtenPage("docs/metrics.md", metricsPage())).toBe(metricsPage());
});

describe("CAUSE_RECORDS", () => {
  test.each(CAUSES)("states for %s how to confirm it and what to do", (cause) => {
    const advice = CAUSE_RECORDS[cause];
    expect(advice.confirm.length).toBeGreaterThan(0);
    expect(advice.act.length).toBeGreaterThan(0);
    expect(advice.meaning).toMatch(/\.$/);
  });

  test("refers to existing runbooks of alerts", () => {
    const folder = resolve(import.meta.dirname, "../../alerts");
    const rules = readdirSync(folder)
      .filter((name) => name.endsWith(".rules.yml"))
      .map((name) => readFileSync(resolve(folder, name), "utf8"))
      .join("\n");
    const alerts = new Set([...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name));
    expect(CAUSES.map((cause) => CAUSE_RECORDS[cause].runbook).filter((name) => !alerts.has(name))).toEqual([]);
  });

  test("contains the two commands that end the fault of KB 4559435", () => {
    const commands = CAUSE_RECORDS.stale_keys_after_recycle.act.map(({ command }) => command ?? "").join("\n");
    expect(commands).toContain("-RefreshAuthMetadata");
    expect(commands).toContain("EnableAuthAdminReadSession:$true");
  });
});

test("initialSeries() contains a 0 for every possible pair of scheme and result", () => {
  const initial = new Set(
    initialSeries(named("hma_requests_total")).map(({ protocol, scheme, result }) => `${protocol} ${scheme} ${result}`),
  );
  const row = fc.record({
    kind: fc.constant("request" as const),
    source: fc.constant("iis_front" as const),
    atMs: fc.nat(),
    requestKey: fc.nat(),
    protocol: fc.constantFrom(...PROTOCOLS),
    appPool: fc.constantFrom(...APP_POOLS),
    scheme: fc.constantFrom(...SCHEMES),
    status: fc.constantFrom(0, 200, 302, 401, 403, 500),
    subStatus: fc.constantFrom(null, 0, 1, 2),
    win32Status: fc.constantFrom(null, 0, 5, 1326, 2148074254),
    backEndStatus: fc.constantFrom(0, 200, 401),
    category: fc.constantFrom(null, ...CATEGORIES),
    isBackEndReason: fc.boolean(),
    showsReasons: fc.boolean(),
    hasUser: fc.constantFrom(true, false, null),
    takesBearer: fc.boolean(),
    namesDevice: fc.boolean(),
    ipKey: fc.nat(),
    userAgentKey: fc.nat(),
    idsKey: fc.nat(),
    processId: fc.nat(),
    peerServer: fc.constant(""),
  });
  const anyRow = fc.option(row);
  // An IIS row 401 0 0 with a truncated HttpProxy row is rare among random rows, so it is generated separately.
  const plain = row.map((one) => ({
    ...one,
    status: 401,
    subStatus: 0,
    win32Status: 0,
    category: null,
    hasUser: null,
    takesBearer: true,
    showsReasons: false,
  }));
  const requests = fc.oneof(
    fc
      .record({ iis: anyRow, httpProxy: anyRow, backEnd: anyRow })
      .filter(({ iis, httpProxy, backEnd }) => iis !== null || httpProxy !== null || backEnd !== null),
    fc.record({ iis: plain, httpProxy: plain, backEnd: fc.constant(null) }),
  );
  fc.assert(
    fc.property(requests, (seen) => {
      const { protocol, scheme, result } = requestFacts(seen);
      return initial.has(`${protocol} ${scheme} ${result}`);
    }),
    { numRuns: 5000 },
  );
});
