import type { OfferedIssuer } from "../model/probe/probe.ts";
import type { Challenge } from "./challenge.ts";

/**
 * Hosts of the authorities of Entra ID's clouds (source: Microsoft's list of clouds; the last three are the sovereign clouds of Europe and
 * Singapore).
 */
export const ENTRA_HOSTS: readonly string[] = [
  "login.microsoftonline.com",
  "login.windows.net",
  "login.microsoft.com",
  "sts.windows.net",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "login.chinacloudapi.cn",
  "login.sovcloud-identity.fr",
  "login.sovcloud-identity.de",
  "login.sovcloud-identity.sg",
];

/** The `authorization_uri` of a challenge; null without one. */
export function authorityOf(bearer: Challenge): string | null {
  const text = bearer.parameters.get("authorization_uri") ?? "";
  return text === "" ? null : text;
}

/**
 * The issuer that an authorization URI belongs to: `entra`, `configured` (a host in `others`), or `adfs` for a path of AD FS if the issuer
 * kind in the challenge is `adfs` or missing. Null for any other URI, and without HTTPS.
 */
export function offeredIssuer(uri: string, issuerKind: string | null, others: readonly string[]): OfferedIssuer | null {
  if (!URL.canParse(uri)) return null;
  const { protocol, hostname, pathname } = new URL(uri);
  if (protocol !== "https:") return null;
  const host = hostname.toLowerCase();
  if (ENTRA_HOSTS.includes(host)) return "entra";
  if (others.includes(host)) return "configured";
  // Sample: https://adfs.contoso.com/adfs/oauth2/authorize
  return (issuerKind === null || issuerKind.toLowerCase() === "adfs") && /^\/adfs\//i.test(pathname) ? "adfs" : null;
}
