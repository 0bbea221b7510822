import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PROBE_PROTOCOLS, PROBE_REASONS, PROBE_VERDICTS } from "../../src/model/probe/probe.ts";
import type { ProbeAnswer, ProbeExpectation } from "../../src/probe/answer.ts";
import { judgeChallenge } from "../../src/probe/judge-challenge.ts";
import { judgeToken } from "../../src/probe/judge-token.ts";
import { CHALLENGE_SHAPES } from "./challenge-shapes.ts";

const EX01: ProbeExpectation = { server: "EX01", identity: null, authorities: [] };

function answer(status: number, ...headers: (readonly [string, string])[]): ProbeAnswer {
  return { status, headers };
}

function refusal(status: number, code: string, text: string): ProbeAnswer {
  return answer(
    status,
    ["WWW-Authenticate", 'Bearer client_id="x", error="invalid_token"'],
    ["x-ms-diagnostics", `${code};reason="${text}";error_category="x"`],
  );
}

/** The authority that an answer offers; only AD FS states its own name. */
function offeredIssuerOf({ verdict, authenticate }: (typeof CHALLENGE_SHAPES)[number]): string | null {
  if (verdict !== "offered") return null;
  return authenticate.some((value) => value.includes('issuer_kind="ADFS"')) ? "adfs" : "entra";
}

describe("judgeChallenge()", () => {
  test.each(CHALLENGE_SHAPES.map((shape) => [shape.name, shape] as const))("judges shape %s", (_, shape) => {
    const given = answer(
      shape.status,
      ...shape.authenticate.map((value) => ["WWW-Authenticate", value] as const),
      ...shape.others,
    );
    const { verdict, reason, isBearerOffered, isAuthorityValid } = shape;
    expect(judgeChallenge(given, shape.protocol, { ...EX01, identity: shape.identity })).toEqual({
      verdict,
      reason,
      isBearerOffered,
      isAuthorityValid,
      issuer: offeredIssuerOf(shape),
    });
  });

  const bearer = (uri: string, more = ""): ProbeAnswer =>
    answer(401, ["www-authenticate", `Bearer client_id="x", authorization_uri="${uri}"${more}`]);
  test.each([
    {
      name: "an unknown authority",
      given: bearer("https://login.evil.example/authorize"),
      verdict: "not_offered",
      reason: "authority",
    },
    {
      name: "an authority without TLS",
      given: bearer("http://login.windows.net/authorize"),
      verdict: "not_offered",
      reason: "authority",
    },
    {
      name: "AD FS",
      given: bearer("https://sts.contoso.com/adfs/oauth2/authorize"),
      verdict: "offered",
      reason: "bearer_offered",
    },
    {
      name: "an AD FS path of what calls itself Entra ID",
      given: bearer("https://sts.evil.example/adfs/oauth2/authorize", ', issuer_kind="AzureAD"'),
      verdict: "not_offered",
      reason: "authority",
    },
    {
      name: "a configured authority",
      given: bearer("https://sts.own.example/authorize"),
      verdict: "offered",
      reason: "bearer_offered",
    },
    {
      name: "Bearer without an authority",
      given: answer(401, ["www-authenticate", 'Bearer client_id="x", token_types="y"']),
      verdict: "not_offered",
      reason: "no_authority",
    },
    {
      name: "another server",
      given: answer(401, ["X-FEServer", "EX02"], ["www-authenticate", "Bearer"]),
      verdict: "unknown",
      reason: "other_server",
    },
    {
      name: "nginx with a password",
      given: answer(401, ["Server", "nginx"], ["www-authenticate", "Basic"]),
      verdict: "unknown",
      reason: "not_exchange",
    },
    { name: "401 of nobody", given: answer(401), verdict: "unknown", reason: "not_exchange" },
    {
      name: "a moved mailbox",
      given: answer(451, ["X-MS-Location", "https://x"]),
      verdict: "unknown",
      reason: "moved",
    },
    {
      name: "a redirect",
      given: answer(302, ["Location", "https://login.windows.net/"]),
      verdict: "unknown",
      reason: "redirect",
    },
    { name: "a starting server", given: answer(500), verdict: "unknown", reason: "starting" },
    { name: "a stopped pool", given: answer(503), verdict: "unknown", reason: "pool_off" },
    { name: "an unknown page", given: answer(200, ["Server", "nginx"]), verdict: "unknown", reason: "not_exchange" },
    {
      name: "Exchange with 404",
      given: answer(404, ["X-FEServer", "ex01.contoso.com"]),
      verdict: "unknown",
      reason: "status",
    },
  ])("judges $name", ({ given, verdict, reason }) => {
    const expected = { ...EX01, authorities: ["sts.own.example"] };
    expect(judgeChallenge(given, "ews", expected)).toMatchObject({ verdict, reason });
  });

  test.each([
    ["https://login.microsoftonline.com/common/oauth2/authorize?x", "offered"],
    ["https://mail.contoso.com/owa/auth/logon.aspx?url=x", "not_offered"],
    ["https://elsewhere.example/", "unknown"],
  ])("judges OWA's redirect to %s", (location, verdict) => {
    expect(judgeChallenge(answer(302, ["Location", location]), "owa", EX01).verdict).toBe(verdict);
  });

  test("the reason is identity_needed if the domain in the answer is not that of the identity", () => {
    const given = answer(
      401,
      ["www-authenticate", "Bearer"],
      ["x-ms-diagnostics", "4000000;reason=\"Flighting is not enabled for domain 'mail.contoso.com'.\""],
    );
    expect(judgeChallenge(given, "eas", { ...EX01, identity: "probe@contoso.com" }).reason).toBe("identity_needed");
  });
});

describe("judgeToken()", () => {
  test.each([
    [refusal(401, "2000000", "The token has an invalid signature."), "refused_keys", "signature"],
    [refusal(401, "2000001", "The token cannot be read."), "refused_early", "before_signature"],
    [
      refusal(401, "2000001", "The token profile 'V1AppOnly' is not applicable for the current protocol."),
      "refused_early",
      "profile",
    ],
    [refusal(401, "2000001", "The issuer of the token is unknown. Issuer was 'x'."), "refused_early", "issuer"],
    [
      refusal(401, "2000001", "The token contains an invalid value 'x' for the claim 'roles'."),
      "accepted",
      "after_signature",
    ],
    [refusal(401, "2000001", "The audience claim is missing."), "refused_early", "before_signature"],
    [refusal(401, "2000002", "The token has expired."), "refused_early", "lifetime"],
    [refusal(401, "2000003", "The audience claim value is invalid."), "refused_early", "audience"],
    [refusal(401, "2000004", "The tenant for tenant guid 'x' does not exist."), "accepted", "after_signature"],
    [refusal(401, "2000005", "The user does not exist."), "accepted", "after_signature"],
    [refusal(401, "2000006", "The Application Identifier 'x' is unknown."), "accepted", "after_signature"],
    [refusal(500, "2000007", "Internal error."), "refused_early", "configuration"],
    [refusal(401, "2000008", "The token has not enough scope."), "accepted", "after_signature"],
    [refusal(403, "2000008", "The token has not enough scope."), "accepted", "after_signature"],
    [refusal(401, "2000009", "The issuer of the token is unknown."), "refused_early", "issuer"],
    [refusal(401, "2999999", "Something new."), "refused_early", "before_signature"],
    [refusal(401, "4000000", "Flighting is not enabled for domain 'x'."), "challenged", "token_not_seen"],
    [answer(401, ["WWW-Authenticate", 'Bearer client_id="x"'], ["X-FEServer", "EX01"]), "challenged", "token_not_seen"],
    [answer(401, ["WWW-Authenticate", "Negotiate"]), "not_offered", "no_bearer"],
    [answer(200, ["X-FEServer", "EX01"]), "accepted", "served"],
    [answer(200, ["Server", "nginx"]), "unknown", "not_exchange"],
    [answer(401, ["X-CalculatedBETarget", "ex01.contoso.com"]), "accepted", "served"],
    [answer(401, ["x-failurecontext", "BackEnd;401;eA==;;;;"]), "accepted", "served"],
    [answer(401, ["x-failurecontext", "FrontEnd;401;eA==;;;;"]), "not_offered", "no_bearer"],
    [answer(302, ["Location", "https://elsewhere.example"]), "unknown", "redirect"],
    [answer(503), "unknown", "pool_off"],
    [answer(500), "unknown", "starting"],
    [answer(200, ["X-FEServer", "EX09"]), "unknown", "other_server"],
  ])("%j is %s", (given, verdict, reason) => {
    expect(judgeToken(given, EX01)).toMatchObject({ verdict, reason });
  });

  test("a site's own patterns are used before the built-in ones", () => {
    const readings = [{ pattern: "^2000010", verdict: "accepted" as const }];
    expect(judgeToken(refusal(401, "2000010", "x"), EX01).verdict).toBe("refused_early");
    expect(judgeToken(refusal(401, "2000010", "x"), EX01, readings).verdict).toBe("accepted");
  });
});

describe("any answer", () => {
  const header = fc.tuple(
    fc.constantFrom(
      "WWW-Authenticate",
      "x-ms-diagnostics",
      "X-FEServer",
      "Location",
      "x-failurecontext",
      "Server",
      "Date",
    ),
    fc.oneof(
      fc.string(),
      fc.constantFrom("Bearer", 'Bearer error="x"', '2000000;reason="', "2000001;claim roles", "BackEnd"),
    ),
  );
  test("has a verdict and a reason of the closed sets", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.array(header, { maxLength: 8 }),
        fc.constantFrom(...PROBE_PROTOCOLS),
        (status, headers, protocol) => {
          for (const { verdict, reason } of [
            judgeChallenge({ status, headers }, protocol, EX01),
            judgeToken({ status, headers }, EX01),
          ]) {
            expect(PROBE_VERDICTS).toContain(verdict);
            expect(PROBE_REASONS[reason]).toBeDefined();
          }
        },
      ),
    );
  });
});
