import { describe, expect, test } from "@jest/globals";
import { evaluateChecks, evaluateProofs } from "../../src/checks/evaluate-checks.ts";
import type { ProbeProof, ProofObject } from "../../src/model/probe/probe-proof.ts";
import { EMPTY_SNAPSHOT, parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { CONTEXT, EVOSTS, goodSnapshot } from "./good-snapshot.ts";

const organisation: ProofObject = { kind: "organisation" };
const passing = (check: string, about: ProofObject = organisation): ProbeProof => ({
  check,
  about,
  verdict: "pass",
  found: "",
  wanted: "",
});
const failing = (check: string, about: ProofObject = organisation): ProbeProof => ({
  ...passing(check, about),
  verdict: "fail",
  found: "something else",
  wanted: "the right thing",
});

function verdicts(proofs: readonly ProbeProof[], snapshot = parseSnapshot(goodSnapshot()).snapshot): string[] {
  const asked = new Set(proofs.map(({ check }) => check));
  return evaluateChecks(snapshot, { ...CONTEXT, proofs })
    .filter(({ check }) => asked.has(check))
    .map(({ object, verdict, found }) => `${object}: ${verdict}${found === null ? "" : `, ${found}`}`);
}

describe("a proof by the probe", () => {
  test("decides a check that is unknown from the settings", () => {
    expect(verdicts([passing("modern_auth_enabled")], EMPTY_SNAPSHOT)).toEqual(["organisation: pass"]);
    expect(verdicts([failing("default_authorization_endpoint")], EMPTY_SNAPSHOT)).toEqual([
      "organisation: fail, by the probe: something else",
    ]);
  });

  test("of a failure counts although the settings pass, and failing settings count although a proof passes", () => {
    expect(verdicts([failing("modern_auth_enabled")])).toEqual(["organisation: fail, by the probe: something else"]);
    const off = goodSnapshot();
    off.organizationConfig.OAuth2ClientProfileEnabled = false;
    expect(verdicts([passing("modern_auth_enabled")], parseSnapshot(off).snapshot)).toEqual([
      "organisation: fail, False",
    ]);
  });

  test("uses the object name of the check", () => {
    expect(
      verdicts([failing("oauth_on_virtual_directories", { kind: "directory", server: "ex02", protocol: "ews" })]),
    ).toContain("EX02\\EWS (Default Web Site): fail, by the probe: something else");
    expect(verdicts([failing("clock", { kind: "server", server: "ex02.contoso.com" })])).toEqual([
      "EX01: pass",
      "EX02: fail, by the probe: something else",
    ]);
    expect(verdicts([failing("evosts_domain")])).toEqual([`${EVOSTS}: fail, by the probe: something else`]);
    expect(verdicts([failing("uniform_virtual_directories", { kind: "protocol", protocol: "eas" })])).toContain(
      "ActiveSyncVirtualDirectory: fail, by the probe: something else",
    );
  });

  test("adds an object that the settings lack", () => {
    expect(
      verdicts([passing("oauth_on_virtual_directories", { kind: "directory", server: "EX01", protocol: "rest" })]),
    ).toContain("EX01\\rest: pass");
  });

  test("of a failing server counts more than those of the others", () => {
    const proofs = [
      passing("default_authorization_endpoint"),
      failing("default_authorization_endpoint"),
      passing("default_authorization_endpoint"),
    ];
    expect(verdicts(proofs)).toEqual(["organisation: fail, by the probe: something else"]);
  });

  test("is used alone if there is no snapshot", () => {
    const rows = evaluateProofs([
      passing("modern_auth_enabled"),
      failing("clock", { kind: "server", server: "ex02.contoso.com" }),
    ]);
    expect(rows.map(({ check, object, verdict }) => `${check} ${object} ${verdict}`)).toEqual([
      "modern_auth_enabled organisation pass",
      "clock ex02 fail",
    ]);
    expect(rows[1]?.remedy).toContain("w32tm");
    expect(evaluateProofs([])).toEqual([]);
  });
});
