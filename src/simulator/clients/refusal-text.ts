import type { Category } from "../../model/label-values.ts";
import type { Outcome } from "./request.ts";

interface Wording {
  /** Number of x-ms-diagnostics. */
  readonly code: string;
  /** OAuthErrorCategory. */
  readonly name: string;
  /** OAuthErrors: the sub-error. */
  readonly subError: string;
  readonly sentence: string;
  /** error_category. */
  readonly category: string;
}

/** What Exchange writes for each reason. `unknown` is a reason without a category in the product. */
const WORDINGS: Readonly<Record<Category, Wording>> = {
  invalid_signature: {
    code: "2000000",
    name: "InvalidSignature",
    subError: "InvalidSignature",
    sentence: "The token has an invalid signature.",
    category: "invalid_signature",
  },
  invalid_token: {
    code: "2000001",
    name: "InvalidToken",
    subError: "UnableToReadToken",
    sentence: "The token could not be read.",
    category: "invalid_token",
  },
  token_expired: {
    code: "2000002",
    name: "TokenExpired",
    subError: "TokenExpired",
    sentence: "The token has expired.",
    category: "token_expired",
  },
  invalid_resource: {
    code: "2000003",
    name: "InvalidResource",
    subError: "UnexpectedHostNameInAudience",
    category: "invalid_resource",
    sentence:
      "The hostname component of the audience claim value is invalid. Expected 'https://mail.contoso.example'. " +
      "Actual 'http://mail.contoso.example'.",
  },
  invalid_tenant: {
    code: "2000004",
    name: "InvalidTenant",
    subError: "OrganizationIdNotFoundFromRealm",
    sentence: "The tenant for tenant guid 'b1946ac9-2492-4d23-8f3c-0a2b5c6d7e8f' does not exist.",
    category: "invalid_tenant",
  },
  invalid_user: {
    code: "2000005",
    name: "InvalidUser",
    subError: "NoUserFoundWithGivenClaims",
    sentence: "The user specified by the user-context in the token does not exist.",
    category: "invalid_user",
  },
  invalid_client: {
    code: "2000006",
    name: "InvalidClient",
    subError: "NoMatchingPartnerAppFound",
    sentence: "The Application Identifier '00000003-0000-0ff1-ce00-000000000000' is unknown.",
    category: "invalid_client",
  },
  internal_error: {
    code: "2000007",
    name: "InternalError",
    subError: "ADOperationFailed",
    sentence: "An Active Directory operation failed.",
    category: "internal_error",
  },
  invalid_grant: {
    code: "2000008",
    name: "InvalidGrant",
    subError: "NotEnoughGrantPresented",
    sentence: "The token does not have enough grant.",
    category: "invalid_grant",
  },
  invalid_issuer: {
    code: "2000009",
    name: "InvalidIssuer",
    subError: "NoCertificateFound",
    sentence:
      "The issuer of the token is unknown. Issuer was '00000001-0000-0000-c000-000000000000@b1946ac9-2492-4d23-8f3c-0a2b5c6d7e8f'.",
    category: "invalid_issuer",
  },
  oauth_not_available: {
    code: "4000000",
    name: "OAuthNotAvailable",
    subError: "FlightingNotEnabled",
    sentence: "Flighting is not enabled for domain 'mail.contoso.example'.",
    category: "oauth_not_available",
  },
  unknown: {
    code: "2000020",
    name: "InsufficientClaims",
    subError: "InsufficientClaims",
    sentence: "The claims of the token are insufficient.",
    category: "insufficient_claims",
  },
};

export type Refusal = Extract<Outcome, { readonly kind: "rejected" }>;

/** The parts of a HttpProxy row that show a refusal. */
export interface RefusalText {
  readonly errorCode: string;
  readonly genericInfo: string;
  /** The column as written between the commas; if quoted, with doubled quotes. */
  readonly genericErrors: string;
}

export function refusalText({ category, spelling, by }: Refusal): RefusalText {
  const { code, name, subError, sentence, category: word } = WORDINGS[category];
  const suffix = by === "back_end" ? "-BE" : "";
  const nothing = { errorCode: "", genericInfo: "", genericErrors: "" };
  switch (spelling) {
    case "none":
      return nothing;
    case "activity":
      return {
        ...nothing,
        genericInfo: `S:ServiceCommonMetadata.OAuthErrorCategory=${name}${suffix};S:ServiceCommonMetadata.OAuthError=${sentence};S:ServiceCommonMetadata.OAuthExtraInfo=Path:V1AppActAs|ErrorCode:${subError};`,
      };
    case "bare":
      return {
        ...nothing,
        genericInfo: `OAuthErrorCategory=${name}${suffix};OAuthError=${sentence};OAuthExtraInfo=ErrorCode:${subError};`,
      };
    case "sub_error":
      return {
        ...nothing,
        genericInfo: `S:ServiceCommonMetadata.OAuthExtraInfo=Path:V1AppActAs|ErrorCode:${subError};`,
      };
    case "diagnostics":
      return { ...nothing, genericErrors: `x-ms-diagnostics=${code};reason="${sentence}";error_category="${word}"` };
    case "quoted_diagnostics":
      return {
        ...nothing,
        genericErrors: `"x-ms-diagnostics: ${code};reason=""${sentence}"";error_category=""${word}"""`,
      };
    case "sentence":
      return {
        ...nothing,
        errorCode: "OAuthAuthenticationFailed",
        genericErrors: `Microsoft.Exchange.Security.OAuth.InvalidOAuthTokenException: ${sentence}`,
      };
  }
}

/** Value of a logged response header x-ms-diagnostics, with blanks as IIS writes them. */
export function diagnosticsField({ category }: Refusal): string {
  const { code, sentence, category: word } = WORDINGS[category];
  return `${code};reason="${sentence.replaceAll(" ", "+")}";error_category="${word}"`;
}

/** OAuthError, OAuthErrorCategory and OAuthExtraInfo of a MapiHttp row. */
export function mapiHttpRefusal({ category }: Refusal): string {
  const { name, subError, sentence } = WORDINGS[category];
  return `${sentence.replaceAll(",", " ")},${name}-BE,ErrorCode:${subError}`;
}

/** AuthenticationErrors of an EWS row. */
export function ewsRefusal({ category }: Refusal): string {
  const { name, subError, sentence } = WORDINGS[category];
  return `OAuthErrorCategory=${name}-BE;ErrorCode:${subError};${sentence.replaceAll(",", " ")}`;
}
