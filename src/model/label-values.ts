import { LOG_SOURCES } from "./logs/log-sources.ts";

/**
 * The closed sets of label values in metrics and findings. Every label of a metric uses one of these lists, so the
 * number of series of a server is bounded by construction.
 */

/** Protocol of a request, from its URL or the log's folder. */
export const PROTOCOLS = [
  "ews",
  "mapi",
  "autodiscover",
  "eas",
  "oab",
  "owa",
  "ecp",
  "rest",
  "rpc_http",
  "powershell",
  "other",
] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How the client authenticated, as far as a log shows it. IIS logs do not: `unknown`. */
export const SCHEMES = ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"] as const;
export type Scheme = (typeof SCHEMES)[number];

/**
 * - `success`: status 200-399.
 * - `challenge`: 401 that only asks for a token.
 * - `rejected`: 401, a Bearer token was presented and refused, and a log proves it.
 * - `suspected`: 401 0 0 in IIS, and no log can tell challenge from rejection.
 * - `handshake`: a leg of NTLM or Negotiate.
 * - `error`: anything else.
 */
export const RESULTS = ["success", "challenge", "rejected", "suspected", "handshake", "error"] as const;
export type Result = (typeof RESULTS)[number];

/** Why a Bearer token was refused: the `error_category` of x-ms-diagnostics. */
export const CATEGORIES = [
  "invalid_signature",
  "invalid_token",
  "token_expired",
  "invalid_resource",
  "invalid_tenant",
  "invalid_user",
  "invalid_client",
  "internal_error",
  "invalid_grant",
  "invalid_issuer",
  "oauth_not_available",
  "unknown",
] as const;
export type Category = (typeof CATEGORIES)[number];

/**
 * Reasons for callers without any access: tokens that nobody issued for this organisation, users that the server does not know. These
 * refusals do not affect users.
 */
export const STRANGER_CATEGORIES = ["invalid_token", "invalid_user"] as const satisfies readonly Category[];

/** True if a refusal for this reason concerns callers without any access. */
export function isOfStrangers(category: string | undefined): boolean {
  return STRANGER_CATEGORIES.some((one) => one === category);
}

/** Why a worker process was replaced. */
export const RECYCLE_REASONS = [
  "periodic",
  "memory",
  "on_demand",
  "config_change",
  "idle",
  "crash",
  "managed_availability",
  "iis_reset",
  "reboot",
  "unknown",
] as const;
export type RecycleReason = (typeof RECYCLE_REASONS)[number];

export const LOOP_OUTCOMES = ["recovered", "unresolved"] as const;
export type LoopOutcome = (typeof LOOP_OUTCOMES)[number];

export const CAUSES = [
  "stale_keys_after_recycle",
  "stale_keys_everywhere",
  "metadata_unreachable",
  "audience_mismatch",
  "modern_auth_not_offered",
  "clock_skew",
  "unknown_issuer",
  "unknown_user",
  "backend_rejection",
  "oauth_configuration",
  "junk_tokens",
  "unexplained",
] as const;
export type Cause = (typeof CAUSES)[number];

export const KEY_CHANGE_KINDS = [
  "entra_keys_published",
  "ad_keys_updated",
  "auth_certificate_current_changed",
  "auth_certificate_next_changed",
  "auth_certificate_previous_changed",
] as const;
export type KeyChangeKind = (typeof KEY_CHANGE_KINDS)[number];

/** The log formats, in the order of LOG_SOURCES. `events` are Windows events as XML. */
export type LogFormat = keyof typeof LOG_SOURCES;
export const LOG_FORMATS: readonly LogFormat[] = Object.keys(LOG_SOURCES).filter(
  (format): format is LogFormat => format in LOG_SOURCES,
);

/** Result of reading a line. The follower's ledger counts `unreadable` lines also by reason. */
export const LINE_FATES = [
  "counted",
  "noise",
  "header",
  "blank",
  "unreadable",
  "too_long",
  "partial",
  "before_lookback",
] as const;
export type LineFate = (typeof LINE_FATES)[number];
