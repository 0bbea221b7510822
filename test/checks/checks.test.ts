import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Check, CheckContext } from "../../src/checks/check.ts";
import { evaluateCheck, evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { EMPTY_SNAPSHOT, parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { CHECK_CASES } from "./check-cases.ts";
import type { CheckCase } from "./check-cases.ts";
import { CONTEXT, goodSnapshot } from "./good-snapshot.ts";

/** Ids of checks that never pass or fail from a snapshot alone: they need Microsoft Graph, or for the first the token probe. */
const UNKNOWN_BY_SNAPSHOT = ["service_principal_names", "users_synchronised"];
const ALWAYS_UNKNOWN = ["users_synchronised"];

describe("CHECKS", () => {
  test("there are 33, with unique ids", () => {
    expect(CHECKS.length).toBe(33);
    expect(new Set(CHECKS.map((check) => check.id)).size).toBe(33);
  });

  test("each has cases for pass, fail and unknown", () => {
    expect(Object.keys(CHECK_CASES)).toEqual(CHECKS.map((check) => check.id));
    for (const check of CHECKS) {
      const kinds = new Set(
        (CHECK_CASES[check.id] ?? []).flatMap((each) => Object.values(each.verdicts)).map((text) => text.split(":")[0]),
      );
      expect({ check: check.id, kinds }).toEqual({
        check: check.id,
        kinds: new Set(ALWAYS_UNKNOWN.includes(check.id) ? ["unknown"] : ["pass", "fail", "unknown"]),
      });
    }
  });

  test("all pass on a good snapshot, except those that need Microsoft Graph", () => {
    const { snapshot, faults } = parseSnapshot(goodSnapshot());
    expect(faults).toEqual([]);
    const rows = evaluateChecks(snapshot, CONTEXT).filter((row) => row.verdict !== "pass");
    expect(rows.map((row) => row.check)).toEqual(UNKNOWN_BY_SNAPSHOT);
  });

  test("all are unknown for an empty snapshot", () => {
    for (const row of evaluateChecks(EMPTY_SNAPSHOT, { ...CONTEXT, publishedKeys: null }))
      expect(row).toMatchObject({ verdict: "unknown" });
  });
});

for (const check of CHECKS) {
  describe(`${check.id}`, () => {
    keepsTheContract(check);
    test.each((CHECK_CASES[check.id] ?? []).map((each) => [each.name, each] as const))("%s", (_name, each) => {
      expect(verdictsOf(check, each)).toEqual(each.verdicts);
    });
  });
}

function verdictsOf(check: Check, each: CheckCase): Record<string, string> {
  const json = goodSnapshot();
  each.change?.(json);
  const rows = evaluateCheck(check, parseSnapshot(json).snapshot, { ...CONTEXT, ...each.context });
  return Object.fromEntries(
    rows.map((row) => {
      const expected = each.verdicts[row.object] ?? "";
      const severity = expected.includes(" !") ? ` !${row.severity}` : "";
      const detail = row.found ?? row.because;
      const wanted = expected
        .replace(/ ![a-z]+$/, "")
        .split(": ")
        .slice(1)
        .join(": ");
      const shown = detail === null ? "" : `: ${wanted !== "" && detail.includes(wanted) ? wanted : detail}`;
      return [row.object, `${row.verdict}${shown}${severity}`];
    }),
  );
}

/** Requirements for every check with any snapshot. */
function keepsTheContract(check: Check): void {
  test("has a title, reason and remedy", () => {
    expect(check.id).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    for (const text of [check.title, check.why, check.remedy]) expect(text.length).toBeGreaterThan(10);
    expect(check.title.endsWith(".")).toBe(false);
  });

  test("never throws on hostile snapshots, and gives at least one object, each once", () => {
    fc.assert(
      fc.property(hostileJson(), fc.integer({ min: 0, max: 4_102_444_800_000 }), (json, nowMs) => {
        const context: CheckContext = { ...CONTEXT, nowMs };
        const rows = evaluateCheck(check, parseSnapshot(json).snapshot, context);
        expect(rows.length).toBeGreaterThan(0);
        expect(new Set(rows.map((row) => row.object)).size).toBe(rows.length);
        for (const row of rows) {
          expect(row.object.length).toBeGreaterThan(0);
          expect(row.object.length).toBeLessThanOrEqual(128);
          expect([row.found === null, row.wanted === null, row.remedy === null]).toEqual(
            Array(3).fill(row.verdict !== "fail"),
          );
          expect(row.because === null).toBe(row.verdict !== "unknown");
        }
      }),
      { numRuns: 40 },
    );
  });
}

/** The good snapshot with arbitrary values in arbitrary positions. */
function hostileJson(): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.anything({ maxDepth: 2 }),
    fc.constantFrom(
      null,
      "",
      [],
      {},
      "None",
      "x".repeat(40_000),
      "\u0000\u001b[2J",
      "__proto__",
      -1,
      1e308,
      Number.NaN,
      "9999-12-31T23:59:59Z",
      "/Date(99999999999999999)/",
    ),
  );
  const places = fc.array(fc.tuple(fc.nat(), anything), { minLength: 1, maxLength: 12 });
  return places.map((changes) => {
    const json = goodSnapshot();
    for (const [seed, value] of changes) plant(json, seed, value);
    return json;
  });
}

/** Puts a value at a position that the seed selects. */
function plant(target: Record<string, unknown>, seed: number, value: unknown): void {
  const keys = Object.keys(target);
  const key = keys[seed % Math.max(1, keys.length)];
  if (key === undefined) return;
  const inner = target[key];
  const rest = Math.floor(seed / Math.max(1, keys.length));
  if (typeof inner === "object" && inner !== null && rest % 8 !== 0)
    plant(inner as Record<string, unknown>, Math.floor(rest / 2), value);
  else target[key] = value;
}
