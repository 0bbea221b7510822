import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createReasonFinder, findReason } from "../../src/sources/reasons/oauth-reason.ts";
import { CATEGORIES } from "../../src/model/label-values.ts";

const ENUM_NAMES = {
  InvalidSignature: "invalid_signature",
  InvalidToken: "invalid_token",
  TokenExpired: "token_expired",
  InvalidResource: "invalid_resource",
  InvalidTenant: "invalid_tenant",
  InvalidUser: "invalid_user",
  InvalidClient: "invalid_client",
  InternalError: "internal_error",
  InvalidGrant: "invalid_grant",
  InvalidIssuer: "invalid_issuer",
  OAuthNotAvailable: "oauth_not_available",
};
const CODES = {
  2000000: "invalid_signature",
  2000001: "invalid_token",
  2000002: "token_expired",
  2000003: "invalid_resource",
  2000004: "invalid_tenant",
  2000005: "invalid_user",
  2000006: "invalid_client",
  2000007: "internal_error",
  2000008: "invalid_grant",
  2000009: "invalid_issuer",
  4000000: "oauth_not_available",
  4001000: "oauth_not_available",
  4001001: "oauth_not_available",
  2000020: "unknown",
};
const SUB_ERRORS = {
  NoConfiguredIssuerMatched: "invalid_token",
  UnexpectedHostNameInAudience: "invalid_resource",
  WrongAudience: "invalid_resource",
  OrganizationIdNotFoundFromRealm: "invalid_tenant",
  NoUserFoundWithGivenClaims: "invalid_user",
  NoMatchingPartnerAppFound: "invalid_client",
  ADOperationFailed: "internal_error",
  NotEnoughGrantPresented: "invalid_grant",
  FlightingNotEnabled: "oauth_not_available",
  NoCertificateFound: "invalid_issuer",
  InvalidSignature: "invalid_signature",
  TokenExpired: "token_expired",
};

describe("findReason()", () => {
  test.each(Object.entries(ENUM_NAMES))("category %s, in every spelling", (name, category) => {
    const front = { category, isBackEnd: false };
    const back = { category, isBackEnd: true };
    expect(findReason(`OAuthErrorCategory=${name}`)).toEqual(front);
    expect(findReason(`a=b;S:ServiceCommonMetadata.OAuthErrorCategory=${name};c=d`)).toEqual(front);
    expect(findReason(`OAuthErrorCategory,${name}`)).toEqual(front);
    expect(findReason(`oautherrorcategory  ${name.toLowerCase()} x`)).toEqual(front);
    expect(findReason(`OAuthErrorCategory=${name}-BE`)).toEqual(back);
    expect(findReason(`OAuthErrorCategory=${name}-BE;more`)).toEqual(back);
    expect(findReason(`error_category="${category}"`)).toEqual(front);
    expect(findReason(`error_category=""${category}""`)).toEqual(front);
    expect(findReason(`error_category%3d%22${category}%22`)).toEqual(front);
    expect(findReason(`error%5Fcategory=&quot;${category}&quot;`)).toEqual(front);
    expect(findReason(`error_category=${category}`)).toEqual(front);
    expect(findReason(`x-ms-diagnostics-from-backend: ${name}|some words`)).toEqual(back);
  });

  test.each(Object.entries(CODES))("code %s", (code, category) => {
    expect(findReason(`${code};reason="words"`)).toEqual({ category, isBackEnd: false });
    expect(findReason(`x-ms-diagnostics: ${code};reason="words+of+no+meaning";error_category="something_new"`)).toEqual(
      { category, isBackEnd: false },
    );
  });

  test.each(Object.entries(SUB_ERRORS))("sub-error %s", (name, category) => {
    expect(findReason(`OAuthExtraInfo=ErrorCode:${name}`)).toEqual({ category, isBackEnd: false });
    expect(findReason(`x-ms-diagnostics-from-backend:+${name}|words`)).toEqual({ category, isBackEnd: true });
  });

  test.each([
    ["The token has an invalid signature.", "invalid_signature"],
    [
      "The hostname component of the audience claim value is invalid. Expected 'https://mail.contoso.example'. " +
        "Actual 'http://mail.contoso.example'",
      "invalid_resource",
    ],
    ["The audience claim value is invalid 'aud'.", "invalid_resource"],
    ["The tenant for tenant guid '5f1c3a52' does not exist.", "invalid_tenant"],
    ["The user specified by the user-context in the token does not exist.", "invalid_user"],
    ["The Application Identifier '5f1c3a52' is unknown", "invalid_client"],
    [
      "The issuer of the token is unknown. Issuer was '00000001-0000-0000-c000-000000000000@5f1c3a52'.",
      "invalid_issuer",
    ],
    ["Flighting is not enabled for domain 'mail.contoso.example'.", "oauth_not_available"],
    ["The token has expired.", "token_expired"],
  ])("sentence: %s", (sentence, category) => {
    const wanted = { category, isBackEnd: false };
    expect(findReason(sentence)).toEqual(wanted);
    expect(findReason(sentence.replaceAll(" ", "+"))).toEqual(wanted);
    expect(findReason(encodeURIComponent(sentence))).toEqual(wanted);
    expect(findReason(sentence.replaceAll(" ", "  ").toUpperCase())).toEqual(wanted);
  });

  test.each([
    ["an unknown category", "OAuthErrorCategory=SomethingNew", { category: "unknown", isBackEnd: false }],
    [
      "an unknown category of the back end",
      "OAuthErrorCategory=SomethingNew-BE",
      { category: "unknown", isBackEnd: true },
    ],
    [
      "an unknown category and a known sub-error",
      "OAuthErrorCategory=SomethingNew-BE;OAuthExtraInfo=ErrorCode:WrongAudience",
      { category: "invalid_resource", isBackEnd: true },
    ],
    [
      "2000009 by its older name",
      '2000009;reason="words";error_category="invalid_certificate"',
      { category: "invalid_issuer", isBackEnd: false },
    ],
    [
      "2000009 by its text",
      '2000009;reason="words";error_category="invalid_issuer"',
      { category: "invalid_issuer", isBackEnd: false },
    ],
    [
      "a refusal that names no reason",
      'Bearer client_id="x", error="invalid_token"',
      { category: "unknown", isBackEnd: false },
    ],
    [
      "4000000 beside an error of the token",
      'Bearer error="invalid_token" 4000000;reason="x";error_category="invalid_token"',
      { category: "oauth_not_available", isBackEnd: false },
    ],
    ["an unknown number", '2000010;reason="weak"', { category: "unknown", isBackEnd: false }],
    ["a number of another product", '3001000;reason="x"', { category: "unknown", isBackEnd: false }],
    ["a header cut short", "x-ms-diagnostics: 2000003;rea", { category: "invalid_resource", isBackEnd: false }],
    ["a category cut short", "OAuthErrorCategory=InvalidSig", { category: "unknown", isBackEnd: false }],
    ["a category cut off", "S:ServiceCommonMetadata.OAuthErrorCategory=", { category: "unknown", isBackEnd: false }],
    [
      "two users of one name",
      "The user specified by the user-context in the token is ambiguous.",
      { category: "invalid_user", isBackEnd: false },
    ],
    [
      "a token that cannot be parsed",
      "The OAuth token submitted with the request cannot be parsed.",
      { category: "invalid_token", isBackEnd: false },
    ],
    [
      "a category misspelt by its source",
      '2000020;reason="x";error_category="insufficiant_claims"',
      { category: "unknown", isBackEnd: false },
    ],
  ])("%s", (_, text, wanted) => {
    expect(findReason(text)).toEqual(wanted);
  });

  test.each([
    ["nothing", ""],
    [
      "a challenge",
      'WWW-Authenticate: Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001@x", ' +
        'token_types="app_asserted_user_v1", authorization_uri="https://login.windows.net/common/oauth2/authorize"',
    ],
    ["an empty category", "OAuthErrorCategory=;OAuthExtraInfo="],
    ["no error", "OAuthErrorCategory=None;OAuthExtraInfo=ErrorCode:None"],
    ["a sub-error of something else", "ErrorCode:ErrorItemNotFound"],
    ["a longer number", '12000000;reason="x"'],
    [
      "an NTLM row",
      "BeginRequest=2023-01-07T08:39:45.724Z;CorrelationID=<empty>;SharedCacheGuard=0;LogoffReason=x;EndRequest=2023-01-07T08:39:45.725Z;",
    ],
  ])("no reason: %s", (_, text) => {
    expect(findReason(text)).toBeNull();
  });
});

describe("createReasonFinder()", () => {
  const inBytes = (text: string, finder = createReasonFinder()): unknown => {
    const bytes = Buffer.from(`OAuthErrorCategory=TokenExpired;${text};OAuthErrorCategory=TokenExpired`);
    return finder.search(bytes, 32, 32 + Buffer.byteLength(text));
  };

  test("search() finds in bytes exactly what find() finds in text", () => {
    const texts = [
      ...Object.keys(ENUM_NAMES).map((name) => `OAuthErrorCategory=${name}-BE`),
      ...Object.keys(CODES).map((code) => `${code};reason="x"`),
      "The+token+has+an+invalid+signature.",
      "the tenant for tenant guid",
      "user specified by the user-context in the token",
      "The Application Identifier",
      "the issuer of the token is unknown",
      "token is expired",
      "Flighting is not enabled for domain",
      "ErrorCode:WrongAudience",
      'error="invalid_token"',
      "x-ms-diagnostics-from-backend: WrongAudience|",
      'error%5Fcategory="invalid_grant"',
      "",
      "no reason at all",
    ];
    for (const text of texts) expect(inBytes(text)).toEqual(findReason(text));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.string(), fc.string(), (text, before, after) => {
        expect(inBytes(`${before} ${text} ${after}`)).toEqual(findReason(`${before} ${text} ${after}`));
      }),
    );
  });

  test("configured patterns are used first, and need none of the built-in marks", () => {
    const finder = createReasonFinder([
      { pattern: "jeton refus(é|e)", category: "invalid_token" },
      { pattern: String.raw`why=(\w+)(@back)?`, category: "named" },
      { pattern: "invalid signature of theirs", category: "internal_error", backEnd: true },
    ]);
    expect(inBytes("Jeton refusé", finder)).toEqual({ category: "invalid_token", isBackEnd: false });
    expect(inBytes("why=InvalidUser@back", finder)).toEqual({ category: "invalid_user", isBackEnd: true });
    expect(inBytes("The token has an invalid signature of theirs", finder)).toEqual({
      category: "internal_error",
      isBackEnd: true,
    });
    expect(inBytes("OAuthErrorCategory=InvalidUser", finder)).toEqual({ category: "invalid_user", isBackEnd: false });
    expect(inBytes("nothing", finder)).toBeNull();
  });

  test("an invalid regular expression is refused with its source", () => {
    expect(() => createReasonFinder([{ pattern: "(", category: "unknown" }])).toThrow(
      'Cannot use reason pattern "(": it is no regular expression',
    );
  });

  test("a text made to be slow is searched without delay", () => {
    for (const piece of [
      "OAuthErrorCategory",
      "OAuthErrorCategory=",
      "error_category=",
      '"',
      "reason = ",
      "%25",
      "  ",
      "ErrorCode:",
      "x-ms-diagnostics-from-backend: a",
    ]) {
      expect(() => findReason(piece.repeat(20_000))).not.toThrow();
    }
  });

  test("any text gives a listed category or null", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              "OAuthErrorCategory=",
              'error_category="',
              "2000000;reason=",
              "ErrorCode:",
              "InvalidUser",
              "-BE",
            ),
          ),
        ),
        (pieces) => {
          const reason = findReason(pieces.join(""));
          if (reason !== null) expect(CATEGORIES).toContain(reason.category);
        },
      ),
    );
  });
});
