/** Kinds of tokens that Exchange distinguishes by their claims before it checks anything else (source: the text of an older version). */
export type TokenKind = "app_only" | "user" | "id_token" | "server_to_server" | "unexpected_version";

export interface TokenClaims {
  readonly ver?: unknown;
  readonly scp?: unknown;
  readonly appid?: unknown;
}

/** The kind of a token, from its claims. An application's token without any role is `app_only`. */
export function tokenKind({ ver, scp, appid }: TokenClaims): TokenKind {
  if (ver === undefined) return "server_to_server";
  if (ver !== "1.0") return "unexpected_version";
  if (typeof scp === "string" && scp !== "") return "user";
  return typeof appid === "string" && appid !== "" ? "app_only" : "id_token";
}
