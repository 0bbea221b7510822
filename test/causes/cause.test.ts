import { describe, expect, test } from "@jest/globals";
import { nameCause } from "../../src/causes/name-cause.ts";
import { CAUSE_CASES, context, crash, healthy, oauth } from "./cause-cases.ts";

describe("nameCause()", () => {
  test.each(CAUSE_CASES)("$name", ({ given, want }) => {
    const verdict = nameCause(context(given));
    expect([verdict.cause, verdict.confidence]).toEqual(want);
    expect(verdict.evidence.length).toBeGreaterThan(0);
  });

  test("evidence is sorted by time, and each piece names its log", () => {
    const { evidence } = nameCause(
      context({
        recycles: [crash],
        peers: [healthy("EX02")],
        oauthEvents: [oauth("new_certificates_from_metadata_url", "MSExchange OAuth 2008", 12)],
      }),
    );
    expect(evidence.map((one) => `${one.at.slice(11, 19)} ${one.kind} ${one.source}`)).toEqual([
      "07:59:00 recycle events",
      "08:00:00 first_bearer http_proxy",
      "08:00:00 peers correlation",
      "08:00:00 rejections http_proxy",
      "08:12:00 oauth_event events",
      "08:13:00 recovery http_proxy",
    ]);
  });
});

describe("evidence of root causes", () => {
  const change = (minutes: number, text: string, isPublished = true) => ({
    atMs: crash.atMs - minutes * 60_000,
    text,
    isPublished,
    shownBy: "snapshot" as const,
  });
  const CHANGES = [change(60, "published long ago"), change(40, "written to AD", false), change(10, "published now")];

  test("while a key is missing, key changes that AD already contains are not evidence", () => {
    const textsOf = (missingKeys: { count: number; atMs: number } | null, keyChanges = CHANGES): string[] =>
      nameCause(context({ recycles: [crash], missingKeys, keyChanges }))
        .evidence.filter(({ kind }) => kind === "key_change")
        .map(({ text }) => text);
    const missing = { count: 1, atMs: crash.atMs - 10 * 60_000 };
    expect(textsOf(missing)).toEqual(["published now"]);
    // Nothing is missing now, but a worker may have been started before AD got the keys.
    expect(textsOf(null)).toEqual(CHANGES.map(({ text }) => text));
    expect(textsOf({ ...missing, count: 0 })).toHaveLength(3);
    // AD got one of two keys; the other has been missing since before.
    expect(textsOf({ count: 1, atMs: crash.atMs - 60 * 60_000 })).toHaveLength(3);
  });

  test("several crashes name the expired auth certificate as root cause", () => {
    const given = CAUSE_CASES.find(({ name }) =>
      name.startsWith("crashes in series, the auth certificate has expired"),
    );
    const texts = nameCause(context(given?.given)).evidence.map(({ text }) => text);
    expect(texts).toContain(
      "the auth certificate has expired 2026-11-20, which crashes workers every 10 to 15 minutes: 2 crashes of this one within 45 minutes",
    );
  });

  test("keys of AD FS are named as such if AD FS signs the users' tokens", () => {
    const missingKeys = { count: 1, atMs: crash.atMs };
    const textsOf = (issuer: "Entra ID" | "AD FS"): string[] =>
      nameCause(context({ issuer, recycles: [crash], missingKeys })).evidence.map(({ text }) => text);
    expect(textsOf("AD FS")).toContain("1 published signing key of AD FS is missing in AD");
    expect(textsOf("Entra ID")).toContain("1 published signing key is missing in AD");
  });
});
