import type { ProbeProtocol, ProbeReason, ProbeVerdict } from "../../src/model/probe/probe.ts";

/** An answer of a real server, with names and ids replaced. */
export interface ChallengeShape {
  readonly name: string;
  readonly protocol: ProbeProtocol;
  readonly status: number;
  readonly authenticate: readonly string[];
  readonly others: readonly (readonly [string, string])[];
  readonly identity: string | null;
  /** Expected result of the parser. */
  readonly schemes: readonly string[];
  /** Expected verdict of the challenge probe. */
  readonly verdict: ProbeVerdict;
  readonly reason: ProbeReason;
  readonly isBearerOffered: boolean | null;
  readonly isAuthorityValid: boolean | null;
}

const CLIENT = 'client_id="00000002-0000-0ff1-ce00-000000000000"';
const TENANT = "11111111-2222-3333-4444-555555555555";
const ISSUERS = `trusted_issuers="00000001-0000-0000-c000-000000000000@${TENANT},00000004-0000-0ff1-ce00-000000000000@contoso.com"`;
const ONE_ISSUER = `trusted_issuers="00000001-0000-0000-c000-000000000000@${TENANT}"`;
const TYPES = 'token_types="app_asserted_user_v1 service_asserted_app_v1"';
const WINDOWS_NET = 'authorization_uri="https://login.windows.net/common/oauth2/authorize"';
const BASIC = 'Basic realm="mail.contoso.com"';
const HOST = "mail.contoso.com";
const IDENTITY = "probe@contoso.com";
const unavailable = (name: string): readonly (readonly [string, string])[] => [
  [
    "x-ms-diagnostics",
    `4000000;reason="Flighting is not enabled for domain '${name}'.";error_category="oauth_not_available"`,
  ],
];

const OFFERED = {
  verdict: "offered",
  reason: "bearer_offered",
  isBearerOffered: true,
  isAuthorityValid: true,
} as const;

/** The fourteen published answers. */
export const CHALLENGE_SHAPES: readonly ChallengeShape[] = [
  {
    name: "A 2016 and 2019 ActiveSync with modern authentication",
    protocol: "eas",
    status: 401,
    authenticate: [`Bearer ${CLIENT}, ${ISSUERS}, ${TYPES}, ${WINDOWS_NET}`, BASIC],
    others: [],
    identity: null,
    schemes: ["bearer", "basic"],
    ...OFFERED,
  },
  {
    name: "B SE ActiveSync with modern authentication",
    protocol: "eas",
    status: 401,
    authenticate: [`Bearer ${CLIENT}, ${ONE_ISSUER}, ${TYPES}, ${WINDOWS_NET}, issuer_kind="AzureAD"`, BASIC],
    others: [],
    identity: IDENTITY,
    schemes: ["bearer", "basic"],
    ...OFFERED,
  },
  {
    name: "C SE ActiveSync with AD FS and an identity",
    protocol: "eas",
    status: 401,
    authenticate: [
      BASIC,
      `Bearer ${CLIENT}, ${TYPES}, authorization_uri="https://adfs.contoso.com/adfs/oauth2/authorize", issuer_kind="ADFS"`,
    ],
    others: [],
    identity: IDENTITY,
    schemes: ["basic", "bearer"],
    ...OFFERED,
  },
  {
    name: "D SE ActiveSync with AD FS and no identity",
    protocol: "eas",
    status: 401,
    authenticate: [BASIC, `Bearer ${CLIENT}, ${TYPES}, error="invalid_token"`],
    others: unavailable(HOST),
    identity: null,
    schemes: ["basic", "bearer"],
    verdict: "unknown",
    reason: "identity_needed",
    isBearerOffered: true,
    isAuthorityValid: null,
  },
  {
    name: "E SE, the identity's policy blocks modern authentication",
    protocol: "eas",
    status: 401,
    authenticate: [BASIC, `Bearer ${CLIENT}, ${TYPES}, error="invalid_token"`],
    others: unavailable(IDENTITY),
    identity: IDENTITY,
    schemes: ["basic", "bearer"],
    verdict: "not_offered",
    reason: "identity_refused",
    isBearerOffered: true,
    isAuthorityValid: null,
  },
  {
    name: "F 2019 CU14 without modern authentication",
    protocol: "eas",
    status: 401,
    authenticate: [`Bearer ${CLIENT}, ${ONE_ISSUER}, ${TYPES}, error="invalid_token"`, BASIC],
    others: [...unavailable(HOST), ["X-OWA-Version", "15.2.1544.11"], ["X-FEServer", "EX01"], ["Content-Length", "0"]],
    identity: null,
    schemes: ["bearer", "basic"],
    verdict: "unknown",
    reason: "identity_needed",
    isBearerOffered: true,
    isAuthorityValid: null,
  },
  {
    name: "G no Authorization header",
    protocol: "eas",
    status: 401,
    authenticate: [BASIC],
    others: [["X-FEServer", "EX01"]],
    identity: null,
    schemes: ["basic"],
    verdict: "not_offered",
    reason: "no_bearer",
    isBearerOffered: false,
    isAuthorityValid: null,
  },
  {
    name: "H OAuth is off on the virtual directory",
    protocol: "ews",
    status: 401,
    authenticate: ["Negotiate", "NTLM", BASIC],
    others: [["X-FEServer", "EX01"]],
    identity: null,
    schemes: ["negotiate", "ntlm", "basic"],
    verdict: "not_offered",
    reason: "no_bearer",
    isBearerOffered: false,
    isAuthorityValid: null,
  },
  {
    name: "I Autodiscover refuses a server's token, schemes joined by commas",
    protocol: "autodiscover",
    status: 401,
    authenticate: [
      `Bearer ${CLIENT}, trusted_issuers="00000004-0000-0ff1-ce00-000000000000@contoso.com", error="invalid_token"`,
      `Negotiate,NTLM,${BASIC}`,
    ],
    others: [
      [
        "x-ms-diagnostics",
        '2000004;reason="The tenant for tenant guid \'x\' does not exist.";error_category="invalid_tenant"',
      ],
    ],
    identity: null,
    schemes: ["bearer", "negotiate", "ntlm", "basic"],
    verdict: "unknown",
    reason: "token_seen",
    isBearerOffered: true,
    isAuthorityValid: null,
  },
  {
    name: "J ActiveSync behind a load balancer that terminates TLS refuses a token",
    protocol: "eas",
    status: 401,
    authenticate: [`Bearer ${CLIENT}, ${ISSUERS}, ${WINDOWS_NET}, error="invalid_token"`, BASIC],
    others: [
      [
        "x-ms-diagnostics",
        '2000003;reason="The hostname component of the audience claim value is invalid. Expected ' +
          "'https://mail.contoso.com'. Actual 'http://mail.contoso.com'\";error_category=\"invalid_resource\"",
      ],
    ],
    identity: null,
    schemes: ["bearer", "basic"],
    ...OFFERED,
  },
  {
    name: "K REST refuses an application's token",
    protocol: "rest",
    status: 401,
    authenticate: [`Bearer ${CLIENT}, ${ISSUERS}, ${TYPES}, error="invalid_token"`],
    others: [
      [
        "x-ms-diagnostics",
        '2000008;reason="The token contains not enough scope to make this call.";error_category="invalid_grant"',
      ],
    ],
    identity: null,
    schemes: ["bearer"],
    verdict: "unknown",
    reason: "token_seen",
    isBearerOffered: true,
    isAuthorityValid: null,
  },
  {
    name: "L MAPI refuses Negotiate",
    protocol: "mapi",
    status: 401,
    authenticate: ["Negotiate,NTLM"],
    others: [
      ["x-failurecontext", "FrontEnd;401;VW5hdXRob3JpemVk;;;;"],
      ["x-owa-version", "15.1.2507.12"],
      ["X-FEServer", "EX01"],
    ],
    identity: null,
    schemes: ["negotiate", "ntlm"],
    verdict: "not_offered",
    reason: "no_bearer",
    isBearerOffered: false,
    isAuthorityValid: null,
  },
  {
    name: "M Exchange Online",
    protocol: "ews",
    status: 401,
    authenticate: [
      `Bearer ${CLIENT}, trusted_issuers="00000001-0000-0000-c000-000000000000@*", ${TYPES}, ` +
        `authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`,
      'Basic Realm=""',
      'Basic Realm=""',
    ],
    others: [],
    identity: null,
    schemes: ["bearer", "basic", "basic"],
    verdict: "unknown",
    reason: "exchange_online",
    isBearerOffered: null,
    isAuthorityValid: null,
  },
  {
    name: "N the cloud of 21Vianet",
    protocol: "ews",
    status: 401,
    authenticate: [
      `Bearer ${CLIENT}, trusted_issuers="00000001-0002-0000-c000-000000000000@${TENANT}", ${TYPES}, ` +
        `authorization_uri="https://login.chinacloudapi.cn/common/oauth2/authorize"`,
    ],
    others: [],
    identity: null,
    schemes: ["bearer"],
    ...OFFERED,
  },
];
