import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { OpenRequest } from "../../../src/engine/requests/open-request.ts";
import { RequestTable } from "../../../src/engine/requests/request-table.ts";
import { JUDGE_AFTER_MS } from "../../../src/engine/requests/waiting-times.ts";
import { repetitions } from "../../soak.ts";
import { openRequest } from "../rows.ts";

const STEP_MS = 10_000;

/** What a table does with requests, of which every third is never counted, some use an alias, and some leave it early. */
function actionsOf(mayRest: boolean, steps: readonly (readonly number[])[]): unknown[] {
  const table = new RequestTable(1_000_000, mayRest);
  const seen: unknown[] = [];
  const never = (): void => {
    throw new Error("the table is not full");
  };
  let [clockMs, lastKey] = [0, 0];
  for (const [count = 0, looked = 0, deleted = 0, aliased = 0] of steps) {
    clockMs += STEP_MS;
    for (let added = 0; added < count; added++) table.add(openRequest((lastKey += 1), clockMs), never);
    const known = table.get(looked);
    if (known !== undefined && looked % 5 === 0) known.usesAlias = true;
    table.delete(deleted);
    const judged: number[] = [];
    table.expire(clockMs, (request) => {
      judged.push(request.key);
      if (request.key % 3 !== 0) request.isCounted = true;
      if (request.key === aliased) request.usesAlias = true;
    });
    seen.push({
      known: known?.key,
      judged: judged.sort((a, b) => a - b),
      size: table.size,
      values: [...table.values()].map(({ key }) => key).sort((a, b) => a - b),
      standing: table.standingOf(looked, 0),
    });
  }
  return seen;
}

describe("RequestTable", () => {
  test("judges, finds and forgets the same requests whether they may rest or not", () => {
    const key = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), key, key, key), { minLength: 100, maxLength: 200 }), (steps) => {
        expect(actionsOf(true, steps)).toEqual(actionsOf(false, steps));
      }),
      { numRuns: repetitions({ usual: 10, soak: 500 }) },
    );
  });

  test("a request that rests leaves a full table before one that is not counted yet", () => {
    const table = new RequestTable(2, true);
    const forced: number[] = [];
    const onForced = ({ key }: OpenRequest): void => {
      forced.push(key);
    };
    table.add(openRequest(1, 0), onForced);
    table.add(openRequest(2, 0), onForced);
    table.expire(JUDGE_AFTER_MS, (request) => {
      request.isCounted = request.key === 2;
    });
    table.add(openRequest(3, JUDGE_AFTER_MS), onForced);
    expect(forced).toEqual([2]);
    expect(table.dropped).toBe(1);
  });
});
