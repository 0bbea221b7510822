import { CATEGORIES } from "../../model/label-values.ts";
import type { Category } from "../../model/label-values.ts";

/** How logs spell the reason why a token was refused. These spellings occur only in this file. */

/**
 * One spelling. Before the search, `+`, `%XX` and doubled quotes are decoded and runs of blanks become one blank; case
 * is ignored. When a second group matches, or `backEnd` is set, the back end refused the token.
 */
export interface ReasonPattern {
  /** Regular expression. */
  readonly pattern: string;
  /**
   * `named`: the first group is a category, a sub-error or a code of x-ms-diagnostics. `named_if_known`: the same, but
   * an unknown name is not a reason.
   */
  readonly category: Category | "named" | "named_if_known";
  readonly backEnd?: boolean;
}

/** Most reliable first: patterns for the category, then for the code or sub-error, then for the wording. */
export const BUILT_IN_PATTERNS: readonly ReasonPattern[] = [
  // Sample: 4000000;reason="Flighting is not enabled for domain 'mail.example'.";error_category="oauth_not_available",
  // sometimes together with error="invalid_token". This is the answer to an empty Bearer header, so it comes before all
  // patterns for refused tokens.
  { pattern: String.raw`\b(4000000|400100[01]) ?; ?reason ?=`, category: "oauth_not_available" },
  // Sample: S:ServiceCommonMetadata.OAuthErrorCategory=InvalidSignature-BE
  { pattern: String.raw`OAuthErrorCategory ?[=:]? ?,?"?(\w+?)(-BE)?\b`, category: "named" },
  // Sample: S:ServiceCommonMetadata.OAuthErrorCategory= (the row is cut off there)
  { pattern: String.raw`OAuthErrorCategory ?[=:] ?$`, category: "unknown" },
  // Sample: x-ms-diagnostics-from-backend: NoUserFoundWithGivenClaims|The user
  { pattern: String.raw`x-ms-diagnostics-from-backend ?[:=]? ?"?(\w+)(\|)`, category: "named" },
  // Sample: error_category="invalid_signature"
  { pattern: String.raw`error_category ?[=:] ?["']?(\w+)`, category: "named" },
  // Sample: 2000000;reason="The token has an invalid signature." (any seven-digit code is a refusal, known or not)
  { pattern: String.raw`\b(\d{7}) ?; ?reason ?=`, category: "named" },
  // Sample: x-ms-diagnostics: 2000000;rea (cut off)
  { pattern: String.raw`x-ms-diagnostics ?[:=]? ?"?(\d{7})\b`, category: "named" },
  // Sample: OAuthExtraInfo=ErrorCode:UnexpectedHostNameInAudience
  { pattern: String.raw`\bErrorCode ?: ?(\w+)`, category: "named_if_known" },
  // Sample: The token has an invalid signature.
  { pattern: "token has an invalid signature", category: "invalid_signature" },
  // Sample: The hostname component of the audience claim value is invalid. Expected 'https://mail.example'. Actual 'http://mail.example'
  { pattern: "audience claim value is invalid", category: "invalid_resource" },
  // Sample: The tenant for tenant guid '…' does not exist.
  { pattern: "tenant for tenant guid", category: "invalid_tenant" },
  // Samples: The user specified by the user-context in the token does not exist. The user specified by the
  // user-context in the token is ambiguous.
  { pattern: "user specified by the user-context in the token", category: "invalid_user" },
  // Sample: The Application Identifier '…' is unknown
  { pattern: "the application identifier", category: "invalid_client" },
  // Sample: The issuer of the token is unknown. Issuer was '00000001-…@tenant'.
  { pattern: "issuer of the token is unknown", category: "invalid_issuer" },
  // Sample: The OAuth token submitted with the request cannot be parsed.
  { pattern: "token submitted with the request can ?(?:not|'t) be parsed", category: "invalid_token" },
  // Sample: The token has expired.
  { pattern: "token (?:has|is) expired", category: "token_expired" },
  // Sample: Flighting is not enabled for domain 'mail.example'.
  { pattern: "flighting is not enabled for domain", category: "oauth_not_available" },
  // Sample: WWW-Authenticate: Bearer …, error="invalid_token" (a token was refused; the header never says why)
  { pattern: String.raw`\berror ?= ?"?invalid_token\b`, category: "unknown" },
];

/** Every text that a built-in pattern matches contains at least one of these. */
export const REASON_MARKS: readonly string[] = [
  "oautherrorcategory",
  "error_category",
  "error%5fcategory",
  "x-ms-diagnostics",
  "reason",
  "errorcode",
  "invalid",
  "tenant",
  "user-context",
  "identifier",
  "issuer",
  "expired",
  "flighting",
  "parsed",
];

/**
 * Category of a name (`InvalidSignature`, `invalid_signature`), a sub-error or a code. `unknown` for an unknown name;
 * null for a name that means no error.
 */
export function categoryOf(name: string): Category | null {
  const key = name.toLowerCase().replaceAll("_", "");
  if (key === "" || NOTHING_WRONG.has(key)) return null;
  return BY_NAME.get(key) ?? "unknown";
}

const NOTHING_WRONG: ReadonlySet<string> = new Set(["none", "null", "success", "ok", "0"]);

/** Exchange's OAuthErrors by category. */
const SUB_ERRORS: readonly (readonly [Category, readonly string[]])[] = [
  [
    "invalid_token",
    [
      "MissingIssuer",
      "InvalidIssuerFormat",
      "NoConfiguredIssuerMatched",
      "InvalidAudience",
      "TokenProfileNotApplicable",
      "UnableToReadToken",
      "NoAuthorizationValuePresent",
    ],
  ],
  ["invalid_resource", ["EmptyRealmFromAudience", "UnexpectedHostNameInAudience", "WrongAudience"]],
  ["invalid_tenant", ["OrganizationIdNotFoundFromRealm", "MissingTenantIdClaim"]],
  ["invalid_user", ["NoUserFoundWithGivenClaims", "MoreThan1UserFoundWithGivenClaims", "UserOAuthNotSupported"]],
  ["invalid_client", ["NoMatchingPartnerAppFound"]],
  ["internal_error", ["ADOperationFailed", "UnexpectedErrorOccurred"]],
  ["invalid_grant", ["NotEnoughGrantPresented", "AllowAccessOwnMailboxOnly"]],
  // The token refers to a certificate that no AuthServer has. `invalid_certificate` is the older name of the code
  // 2000009.
  ["invalid_issuer", ["NoCertificateFound", "invalid_certificate"]],
  ["oauth_not_available", ["FlightingNotEnabled"]],
];

/**
 * Codes of x-ms-diagnostics. Unlisted codes are refusals of category `unknown`: 2000010 (insufficient_auth_strength),
 * 2000020 (sent by Entra ID), and future ones.
 */
const CODES: readonly (readonly [string, Category])[] = [
  ["2000000", "invalid_signature"],
  ["2000001", "invalid_token"],
  ["2000002", "token_expired"],
  ["2000003", "invalid_resource"],
  ["2000004", "invalid_tenant"],
  ["2000005", "invalid_user"],
  ["2000006", "invalid_client"],
  ["2000007", "internal_error"],
  ["2000008", "invalid_grant"],
  ["2000009", "invalid_issuer"],
  ["4000000", "oauth_not_available"],
  ["4001000", "oauth_not_available"],
  ["4001001", "oauth_not_available"],
];

/** Categories by name in lower case, without underscores. */
const BY_NAME: ReadonlyMap<string, Category> = new Map<string, Category>([
  ...CATEGORIES.map((category) => [category.replaceAll("_", ""), category] as const),
  ...SUB_ERRORS.flatMap(([category, names]) =>
    names.map((name) => [name.toLowerCase().replaceAll("_", ""), category] as const),
  ),
  ...CODES,
]);
