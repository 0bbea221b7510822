import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { SEVERITIES } from "../../src/checks/check.ts";
import { checkMetrics, keyMetrics, snapshotMetrics } from "../../src/checks/check-metrics.ts";
import { evaluateCheck, evaluateChecks, MAX_OBJECTS } from "../../src/checks/evaluate-checks.ts";
import { CHECKS } from "../../src/checks/index.ts";
import type { MetricValue } from "../../src/model/metric-value.ts";
import { EMPTY_SNAPSHOT, parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { keyStates } from "../../src/model/snapshot/signing-keys.ts";
import { trustedKeys } from "../../src/model/snapshot/snapshot-facts.ts";
import { CONTEXT, goodSnapshot, NOW_MS, PUBLISHED_A, THUMBPRINT_B } from "./good-snapshot.ts";

/** `name{label="value"} number`, for readable comparisons. */
const shown = (values: readonly MetricValue[]): readonly string[] =>
  values.map(
    (value) =>
      `${value.metric}{${Object.entries(value.labels)
        .map(([name, label]) => `${name}="${label}"`)
        .join(",")}} ${value.kind === "value" ? value.value : "histogram"}`,
  );

function parsed(
  change: (json: ReturnType<typeof goodSnapshot>) => void = () => undefined,
): ReturnType<typeof parseSnapshot>["snapshot"] {
  const json = goodSnapshot();
  change(json);
  return parseSnapshot(json).snapshot;
}

describe("checkMetrics()", () => {
  test("a pass is 1, a failure is 0, and an unknown verdict has no series", () => {
    const values = shown(
      checkMetrics(
        evaluateChecks(
          parsed((json) => {
            json.clock[0].OffsetSeconds = 900;
            json.outbound.pop();
            delete json.authConfig;
          }),
          CONTEXT,
        ),
      ),
    );
    expect(values.filter((line) => /"(clock|outbound_path|auth_certificate|users_synchronised)"/.test(line))).toEqual([
      'hma_config_compliant{check="outbound_path",severity="critical",object="EX01"} 1',
      'hma_config_compliant{check="clock",severity="critical",object="EX01"} 0',
      'hma_config_compliant{check="clock",severity="critical",object="EX02"} 1',
      'hma_config_check_success{check="outbound_path"} 0',
      'hma_config_check_success{check="auth_certificate"} 0',
      'hma_config_check_success{check="clock"} 1',
      'hma_config_check_success{check="users_synchronised"} 0',
    ]);
  });

  test("uses only metrics and labels of the catalogue, and no series twice", () => {
    const snapshot = parsed();
    const values = [
      ...checkMetrics(evaluateChecks(snapshot, CONTEXT)),
      ...snapshotMetrics(snapshot),
      ...keyMetrics(keyStates([PUBLISHED_A], trustedKeys(snapshot) ?? [], NOW_MS)),
    ];
    for (const value of values) {
      const metric = METRICS.find((each) => each.name === value.metric);
      expect(Object.keys(value.labels).sort()).toEqual(Object.keys(metric?.labels ?? { "no such metric": [] }).sort());
    }
    expect(new Set(shown(values).map((line) => line.replace(/ [^ ]*$/, ""))).size).toBe(values.length);
    expect(METRICS.find((metric) => metric.name === "hma_config_compliant")?.labels.severity).toEqual(SEVERITIES);
  });

  test("stays within its limits and without duplicates for any number of objects in a snapshot", () => {
    const many = parsed((json) => {
      json.exchangeServers = Array.from({ length: 3_000 }, (_, index) => ({
        Name: `EX${index % 2_900}`,
        AdminDisplayVersion: index === 2_500 ? "Version 15.0 (Build 1.1)" : "Version 15.2 (Build 2562.17)",
      }));
    });
    const build = CHECKS.find((check) => check.id === "exchange_build");
    const rows = build === undefined ? [] : evaluateCheck(build, many, CONTEXT);
    expect(rows.length).toBe(MAX_OBJECTS);
    expect(rows[0]).toMatchObject({ object: "EX2500", verdict: "fail" });
  });

  test("labels that differ only in half a surrogate pair are one object", () => {
    const halves = parsed((json) => {
      json.exchangeServers = ["\ud800", "\ud801"].map((Name) => ({
        Name,
        AdminDisplayVersion: "Version 15.2 (Build 2562.17)",
      }));
    });
    const objects = evaluateChecks(halves, CONTEXT)
      .filter((row) => row.check === "exchange_build")
      .map((row) => Buffer.from(row.object).toString());
    expect(new Set(objects).size).toBe(objects.length);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const rows = evaluateChecks(
          parsed((json) => {
            json.exchangeServers[0].Name = name;
          }),
          CONTEXT,
        );
        for (const row of rows) expect(Buffer.from(row.object).toString()).toBe(row.object);
      }),
      { numRuns: 50 },
    );
  });
});

describe("snapshotMetrics()", () => {
  test("expiry of the auth certificates and the last run of AuthAdmin, in seconds", () => {
    expect(
      shown(
        snapshotMetrics(
          parsed((json) => {
            json.certificates[1].NotAfter = "2028-01-01T00:00:00Z";
          }),
        ),
      ),
    ).toEqual([
      `hma_auth_certificate_not_after_timestamp_seconds{slot="current"} ${Date.parse("2028-01-01T00:00:00Z") / 1_000}`,
      `hma_auth_admin_last_run_timestamp_seconds{} ${Date.parse("2026-11-22T01:00:00Z") / 1_000}`,
    ]);
  });

  test("unknown values have no series", () => {
    expect(snapshotMetrics(EMPTY_SNAPSHOT)).toEqual([]);
  });
});

describe("keyMetrics()", () => {
  test.each([
    ["no key is missing", [PUBLISHED_A], "published 1,trusted 1,missing 0,exposed 0"],
    [
      "a key is missing",
      [{ ...PUBLISHED_A, keys: [...PUBLISHED_A.keys, { thumbprint: THUMBPRINT_B, kid: null, notAfterMs: null }] }],
      "published 2,trusted 1,missing 1,exposed 1",
    ],
    ["published keys are not known", [], "trusted 1"],
  ] as const)("%s", (_name, published, expected) => {
    const lines = shown(keyMetrics(keyStates(published, trustedKeys(parsed()) ?? [], NOW_MS)));
    expect(
      lines
        .map((line) =>
          line
            .replace('hma_signing_keys{issuer="evosts",state="', "")
            .replace('"}', "")
            .replace("hma_exposed{}", "exposed"),
        )
        .join(),
    ).toBe(expected);
  });

  test("there are no series without an AuthServer", () => {
    expect(keyMetrics([])).toEqual([]);
  });
});
