import { describe, expect, test } from "@jest/globals";
import {
  exposureOf,
  NOTHING_KNOWN,
  organisationMetrics,
  stepOrganisation,
} from "../../src/engine/organisation-state.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { tokenKeyState } from "../../src/model/snapshot/token-key.ts";
import { trustedKeys } from "../../src/model/snapshot/snapshot-facts.ts";
import { goodSnapshot, NOW_MS, PUBLISHED_A, THUMBPRINT_A, THUMBPRINT_B } from "../checks/good-snapshot.ts";
import { outcome } from "../probe/outcome.ts";

const keyIdOf = (thumbprint: string): string => Buffer.from(thumbprint, "hex").toString("base64url");
const token = (thumbprint: string, minutes = 0) =>
  outcome({
    probe: "token",
    verdict: "accepted",
    reason: "after_signature",
    keyId: keyIdOf(thumbprint),
    atMs: NOW_MS + minutes * 60_000,
  });

function withSnapshot(change: (json: ReturnType<typeof goodSnapshot>) => void = () => undefined) {
  const json = goodSnapshot();
  change(json);
  return stepOrganisation(NOTHING_KNOWN, { kind: "snapshot", snapshot: parseSnapshot(json).snapshot });
}
const valueOf = (state: typeof NOTHING_KNOWN, minutes: number) =>
  organisationMetrics(state, NOW_MS + minutes * 60_000).find(({ metric }) => metric === "hma_exposed");

describe("the key of the probe's token", () => {
  test("exposes the organisation if AD lacks it, although no published keys are known", () => {
    const before = withSnapshot();
    expect(exposureOf(before).count).toBeNull();
    const after = stepOrganisation(before, { kind: "probe", outcomes: [token(THUMBPRINT_B, 1)] });
    expect(exposureOf(after)).toEqual({ count: 1, sinceMs: NOW_MS + 60_000 });
    expect(valueOf(after, 1)).toMatchObject({ value: 1 });
    expect(valueOf(after, 125)).toBeUndefined();
  });

  test("shows nothing about the other keys if AD has it", () => {
    const state = stepOrganisation(withSnapshot(), { kind: "probe", outcomes: [token(THUMBPRINT_A, 1)] });
    expect(exposureOf(state).count).toBeNull();
  });

  test("counts once in addition to the published keys", () => {
    const keys = [...PUBLISHED_A.keys, { thumbprint: THUMBPRINT_B, kid: "another name", notAfterMs: null }];
    const known = stepOrganisation(withSnapshot(), { kind: "published", keys: { ...PUBLISHED_A, keys } });
    expect(exposureOf(known).count).toBe(1);
    const named = { ...token(THUMBPRINT_B, 1), keyId: "another name" };
    expect(exposureOf(stepOrganisation(known, { kind: "probe", outcomes: [named] })).count).toBe(1);
  });

  test("is stored at most every ten minutes, so that repeated answers change nothing", () => {
    const state = stepOrganisation(withSnapshot(), { kind: "probe", outcomes: [token(THUMBPRINT_A)] });
    expect(stepOrganisation(state, { kind: "probe", outcomes: [token(THUMBPRINT_A, 9)] })).toBe(state);
    expect(stepOrganisation(state, { kind: "probe", outcomes: [token(THUMBPRINT_A, 10)] }).tokenKeys).toEqual([
      { thumbprint: THUMBPRINT_A, atMs: NOW_MS + 600_000 },
    ]);
  });
});

describe("tokenKeyState()", () => {
  const trusted = trustedKeys(parseSnapshot(goodSnapshot()).snapshot);
  test.each([
    [keyIdOf(THUMBPRINT_A), "held"],
    [keyIdOf(THUMBPRINT_B), "missing"],
    ["a-name-of-no-certificate", null],
    [null, null],
  ])("%s is %s", (keyId, want) => {
    expect(tokenKeyState(keyId, { published: [], trusted })).toBe(want);
  });

  test("is unknown while the keys in AD are unknown", () => {
    expect(tokenKeyState(keyIdOf(THUMBPRINT_A), { published: [], trusted: null })).toBeNull();
    expect(tokenKeyState(keyIdOf(THUMBPRINT_A), { published: [], trusted: [] })).toBeNull();
  });
});
