import { expect, test } from "@jest/globals";
import { evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { CONTEXT, goodSnapshot } from "./good-snapshot.ts";
import type { Json } from "./good-snapshot.ts";
import { SITUATIONS } from "./situations.ts";

function verdictsOf(json: Json): ReadonlyMap<string, string> {
  const { snapshot, faults } = parseSnapshot(json);
  expect(faults).toEqual([]);
  return new Map(
    evaluateChecks(snapshot, CONTEXT).map(({ check, object, verdict, severity, found }) => [
      `${check} ${object}`,
      verdict === "fail" ? `fail ${severity}: ${found}` : verdict,
    ]),
  );
}

const GOOD = verdictsOf(goodSnapshot());

test.each(SITUATIONS.map((situation) => [situation.name, situation] as const))("%s", (_, { change, differs }) => {
  const json = goodSnapshot();
  change(json);
  const now = verdictsOf(json);
  const rows = [...new Set([...GOOD.keys(), ...now.keys()])].filter((key) => GOOD.get(key) !== now.get(key));
  expect(Object.fromEntries(rows.map((key) => [key, now.get(key) ?? "absent"]))).toEqual(differs);
});

test("there are at least sixty, each once", () => {
  expect(new Set(SITUATIONS.map(({ name }) => name)).size).toBe(SITUATIONS.length);
  expect(SITUATIONS.length).toBeGreaterThanOrEqual(60);
});
