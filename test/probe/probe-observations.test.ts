import { describe, expect, test } from "@jest/globals";
import { noteObservations, type ProbeObservation } from "../../src/probe/probe-observations.ts";
import { outcome } from "./outcome.ts";

const none: readonly ProbeObservation[] = [];

describe("noteObservations()", () => {
  test.each([
    [outcome({ probe: "token", verdict: "refused_keys", reason: "signature" }), "stale_keys_after_recycle"],
    [outcome({ verdict: "not_offered", reason: "no_bearer" }), "modern_auth_not_offered"],
    [outcome({ verdict: "not_offered", reason: "identity_refused" }), "modern_auth_not_offered"],
    [outcome({ probe: "token", verdict: "refused_early", reason: "audience" }), "audience_mismatch"],
    [outcome({ clockOffsetSeconds: -301 }), "clock_skew"],
  ])("%j is evidence for %s", (given, cause) => {
    expect(noteObservations(none, [given])).toEqual([expect.objectContaining({ speaksFor: cause, isOpen: true })]);
  });

  test.each([
    outcome({}),
    outcome({ clockOffsetSeconds: 299 }),
    outcome({ clockOffsetSeconds: 900, verdict: "unknown", reason: "other_server" }),
    outcome({ status: null, verdict: "unreachable", reason: "refused" }),
    outcome({ probe: "token", clockOffsetSeconds: 900, verdict: "accepted", reason: "after_signature" }),
  ])("%j is no evidence, and the list does not change", (given) => {
    expect(noteObservations(none, [given])).toBe(none);
  });

  test("a result lasts until another result of the same virtual directory and kind of probe", () => {
    const stale = outcome({ probe: "token", verdict: "refused_keys", reason: "signature" });
    let list = noteObservations(none, [stale]);
    list = noteObservations(list, [{ ...stale, atMs: stale.atMs + 60_000 }]);
    expect(list).toEqual([expect.objectContaining({ fromMs: stale.atMs, toMs: stale.atMs + 60_000, isOpen: true })]);
    for (const other of [
      outcome({}),
      { ...stale, protocol: "rest" as const, reason: "after_signature" as const },
      { ...stale, server: "EX02", reason: "after_signature" as const },
      { ...stale, status: null, reason: "answer_timeout" as const },
    ])
      expect(noteObservations(list, [other])[0]?.isOpen).toBe(true);
    list = noteObservations(list, [{ ...stale, reason: "after_signature", verdict: "accepted" }]);
    expect(list[0]?.isOpen).toBe(false);
    expect(noteObservations(list, [stale])).toHaveLength(2);
  });

  test("keeps the newest results above the limit", () => {
    let list = none;
    for (let count = 0; count < 2_100; count++)
      list = noteObservations(list, [outcome({ server: `EX${count}`, verdict: "not_offered", reason: "no_bearer" })]);
    expect(list).toHaveLength(2_000);
    expect(list.at(-1)?.server).toBe("EX2099");
  });
});
