import { describe, expect, test } from "@jest/globals";
import { CHECKS } from "../../src/checks/index.ts";
import type { ProofObject } from "../../src/model/probe/probe-proof.ts";
import { proofsOf } from "../../src/probe/probe-proofs.ts";
import { outcome } from "./outcome.ts";

function objectText(about: ProofObject): string {
  return Object.values(about).join(" ");
}
function proven(...given: Parameters<typeof outcome>[0][]): string[] {
  return proofsOf(given.map((one) => outcome(one))).map(
    ({ check, about, verdict }) => `${check} ${objectText(about)} ${verdict}`,
  );
}

const CLOCK = "clock server EX01 pass";
const DIRECTORY = "oauth_on_virtual_directories directory EX01 ews";
const OFFERED = [CLOCK, `${DIRECTORY} pass`, "default_authorization_endpoint organisation pass"];

describe("proofsOf()", () => {
  test.each([
    ["Bearer with Entra ID, no identity", {}, [...OFFERED, "evosts_present organisation pass"]],
    [
      "Bearer with Entra ID for an identity",
      { hasIdentity: true },
      [
        ...OFFERED,
        "evosts_present organisation pass",
        "modern_auth_enabled organisation pass",
        "evosts_domain organisation pass",
      ],
    ],
    [
      "Bearer with AD FS",
      { issuer: "adfs", hasIdentity: true } as const,
      [...OFFERED, "modern_auth_enabled organisation pass"],
    ],
    [
      "no Bearer",
      { verdict: "not_offered", reason: "no_bearer", isBearerOffered: false, issuer: null } as const,
      [CLOCK, `${DIRECTORY} fail`],
    ],
    [
      "Bearer without an authority",
      { verdict: "not_offered", reason: "no_authority", issuer: null } as const,
      [CLOCK, `${DIRECTORY} pass`, "default_authorization_endpoint organisation fail"],
    ],
    ["an identity is needed", { verdict: "unknown", reason: "identity_needed" } as const, [CLOCK, `${DIRECTORY} pass`]],
    [
      "an identity that is refused: the policy or the domain, which of them is not known",
      { verdict: "not_offered", reason: "identity_refused", hasIdentity: true } as const,
      [CLOCK, `${DIRECTORY} pass`],
    ],
    [
      "another server",
      { verdict: "unknown", reason: "other_server", isBearerOffered: null, clockOffsetSeconds: 9_000 } as const,
      [],
    ],
    [
      "nobody",
      { verdict: "unreachable", reason: "refused", isBearerOffered: null, clockOffsetSeconds: null } as const,
      [],
    ],
    [
      "a wrong clock",
      { verdict: "unknown", reason: "status", isBearerOffered: null, clockOffsetSeconds: -400 } as const,
      ["clock server EX01 fail"],
    ],
    [
      "a token that was issued",
      { probe: "token", verdict: "refused_keys", reason: "signature", keyId: "K" } as const,
      ["service_principal_names namespace mail.contoso.example pass"],
    ],
    [
      "AADSTS500011",
      { probe: "token", verdict: "no_token", reason: "token_resource", errorNumber: "500011" } as const,
      ["service_principal_names namespace mail.contoso.example fail"],
    ],
    [
      "a wrong secret",
      { probe: "token", verdict: "no_token", reason: "token_credential", errorNumber: "7000215" } as const,
      [],
    ],
    ["a token that was not sent", { probe: "token", verdict: "unreachable", reason: "refused" } as const, []],
  ])("%s", (_, given, want) => {
    expect(proven(given)).toEqual(want);
  });

  test("servers with different Bearer offers", () => {
    const off = { server: "EX02", verdict: "not_offered", reason: "no_bearer", isBearerOffered: false } as const;
    const uniform = (...given: Parameters<typeof proven>): string[] =>
      proven(...given).filter((text) => text.startsWith("uniform"));
    expect(uniform({}, off)).toEqual(["uniform_virtual_directories protocol ews fail"]);
    expect(uniform({}, { server: "EX02" })).toEqual(["uniform_virtual_directories protocol ews pass"]);
    expect(uniform({}, { ...off, isBearerOffered: null })).toEqual([]);
    expect(uniform({}, { ...off, protocol: "mapi" })).toEqual([]);
  });

  test("refers only to existing checks", () => {
    const ids = new Set(CHECKS.map(({ id }) => id));
    const all = proofsOf([
      outcome({ hasIdentity: true }),
      outcome({ server: "EX02" }),
      outcome({ probe: "token", keyId: "K" }),
    ]);
    expect(all.filter(({ check }) => !ids.has(check))).toEqual([]);
    expect(new Set(all.map(({ check }) => check)).size).toBe(8);
  });
});
