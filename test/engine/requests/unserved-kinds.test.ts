import { describe, expect, test } from "@jest/globals";
import { UnservedKinds, type KindOfRow } from "../../../src/engine/requests/unserved-kinds.ts";

interface Kind extends KindOfRow {
  readonly number: number;
}

function kinds(): (name: number, subStatus: number) => Kind | undefined {
  const known = new UnservedKinds<Kind>();
  let created = 0;
  return (name, subStatus) => {
    const row = { subStatus, win32Status: 0, namesDevice: false };
    return known.of(name, row, () => ({ ...row, number: (created += 1) }));
  };
}

describe("UnservedKinds", () => {
  test("creates each kind once", () => {
    const kindOf = kinds();
    expect([kindOf(1, 0), kindOf(1, 1), kindOf(2, 0), kindOf(1, 0)].map((kind) => kind?.number)).toEqual([1, 2, 3, 1]);
  });

  test("remembers no more kinds than its limits, and keeps those", () => {
    const kindOf = kinds();
    for (let subStatus = 0; subStatus < 16; subStatus++) expect(kindOf(1, subStatus)?.number).toBe(subStatus + 1);
    expect(kindOf(1, 16)).toBeUndefined();
    expect(kindOf(1, 15)?.number).toBe(16);
    for (let name = 2; name <= 4_096; name++) expect(kindOf(name, 0)).toBeDefined();
    expect(kindOf(4_097, 0)).toBeUndefined();
    expect(kindOf(4_096, 0)).toBeDefined();
  });
});
