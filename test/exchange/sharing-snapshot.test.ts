import { describe, expect, test } from "@jest/globals";
import { sharingSnapshot } from "../../src/exchange/sharing-snapshot.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../../src/model/snapshot/snapshot.ts";
import { goodSnapshot } from "../checks/good-snapshot.ts";

/** Parsed again, so that it shares nothing with others. */
function parsed(change: (value: Record<string, unknown>) => void = () => undefined): Snapshot {
  const value: Record<string, unknown> = structuredClone({ ...goodSnapshot() });
  change(value);
  return parseSnapshot(value).snapshot;
}

describe("sharingSnapshot()", () => {
  test("does not change the content of a snapshot", () => {
    const before = parsed();
    const now = parsed((value) => {
      value["organizationConfig"] = { EnableAuthAdminReadSession: false };
      value["certificates"] = [];
    });
    expect(sharingSnapshot(now, before)).toEqual(now);
    expect(sharingSnapshot(now, null)).toBe(now);
  });

  test("does not store a part again that equals that of the previous snapshot", () => {
    const before = parsed();
    const shared = sharingSnapshot(parsed(), before);
    const parts = Object.entries(shared).filter(([, part]) => typeof part === "object" && part !== null);
    expect(parts.length).toBeGreaterThan(15);
    const known = new Map(Object.entries(before));
    expect(parts.filter(([name, part]) => name !== "errors" && part !== known.get(name)).map(([name]) => name)).toEqual(
      [],
    );
  });

  test("shares the unchanged items of a changed list", () => {
    const before = parsed();
    const now = parsed((value) => {
      value["exchangeServers"] = [
        ...(Array.isArray(value["exchangeServers"]) ? value["exchangeServers"] : []),
        { Name: "EX99" },
      ];
    });
    const shared = sharingSnapshot(now, before);
    expect(shared.exchangeServers).toEqual(now.exchangeServers);
    expect(shared.exchangeServers?.at(-1)).not.toBe(before.exchangeServers?.at(-1));
    expect(shared.exchangeServers?.[0]).toBe(before.exchangeServers?.[0]);
    expect(shared.authServers).toBe(before.authServers);
  });
});
