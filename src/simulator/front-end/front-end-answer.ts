import type { Protocol } from "../../model/label-values.ts";
import type { TokenRefusal } from "./validate-token.ts";

/** Status and headers of a simulated front end's answer. */
export interface FrontEndAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** Properties of a simulated server that its answers show. */
export interface FrontEndFace {
  /** `EX01`. */
  readonly server: string;
  readonly tenant: string;
  readonly isOAuthOn: boolean;
  readonly isModernAuthOn: boolean;
}

const OTHER_SCHEMES: Readonly<Partial<Record<Protocol, readonly string[]>>> = {
  eas: ['Basic realm="mail.contoso.example"'],
  autodiscover: ["Negotiate", "NTLM", 'Basic realm="mail.contoso.example"'],
};

/** 401 with the challenge: the answer to an empty Bearer header or to a refused token. */
export function challengeAnswer(face: FrontEndFace, protocol: Protocol, refused: TokenRefusal | null): FrontEndAnswer {
  const issuers = `trusted_issuers="00000001-0000-0000-c000-000000000000@${face.tenant}"`;
  const parts = [
    'client_id="00000002-0000-0ff1-ce00-000000000000"',
    issuers,
    'token_types="app_asserted_user_v1 service_asserted_app_v1"',
    ...(face.isModernAuthOn ? ['authorization_uri="https://login.windows.net/common/oauth2/authorize"'] : []),
    ...(refused === null ? [] : ['error="invalid_token"']),
  ];
  const bearer = face.isOAuthOn ? [`Bearer ${parts.join(", ")}`] : [];
  const schemes = [...bearer, ...(OTHER_SCHEMES[protocol] ?? ["Negotiate", "NTLM"])];
  return {
    status: refused?.status ?? 401,
    headers: [
      ["X-FEServer", face.server],
      ...schemes.map((scheme) => ["WWW-Authenticate", scheme] as const),
      ...(refused === null
        ? []
        : [
            [
              "x-ms-diagnostics",
              `${refused.code};reason="${refused.reason}";error_category="${refused.category}"`,
            ] as const,
          ]),
    ],
  };
}

/** Answer to a request whose token was accepted and that reached the back end. */
export function servedAnswer({ server }: FrontEndFace): FrontEndAnswer {
  return {
    status: 200,
    headers: [
      ["X-FEServer", server],
      ["X-CalculatedBETarget", `${server.toLowerCase()}.contoso.example`],
    ],
  };
}
