import type { AppPool } from "./app-pool.ts";
import type { Category, LogFormat, Protocol, RecycleReason, Scheme } from "./label-values.ts";

/** Position of a row. Rows of one file with equal times are ordered by offset. */
export interface RowPosition {
  /**
   * `textKeyOf(server + "/" + path below the server's folder)` of the name under which the file was first seen, so it
   * does not depend on the order in which files are read. A file that later takes over the name of another one gets a
   * key of its own.
   */
  readonly fileKey: number;
  /** Offset of the first byte of the line; for `.gz`, in the unpacked text. */
  readonly offset: number;
}

/**
 * The log that showed a request. `iis_back` is the Exchange Back End site: it gives a second row of a request and never
 * counts as a request of its own.
 */
export const REQUEST_SOURCES = ["iis_front", "http_proxy", "iis_back", "ews", "mapi_http"] as const;
export type RequestSource = (typeof REQUEST_SOURCES)[number];

/**
 * One log's row of one HTTP request. Client data is stored only as hashes (`textKey()` of `text-key.ts`); the texts of
 * the row are dropped after parsing.
 */
export interface RequestRow {
  readonly kind: "request";
  readonly source: RequestSource;
  /** End of the request, Unix milliseconds. IIS knows whole seconds only. */
  readonly atMs: number;
  /** Key of cafeReqId (IIS) or RequestId (Exchange logs); 0 when the row has none. */
  readonly requestKey: number;
  readonly protocol: Protocol;
  /** The pool whose worker process handled the row: the front-end pool, or the back-end pool for back-end rows. */
  readonly appPool: AppPool;
  /** `unknown` when this log does not show it. */
  readonly scheme: Scheme;
  readonly status: number;
  /**
   * IIS sub-status and Win32 status. Null when the row does not have them (Exchange logs, an IIS log without the
   * column, `-`): a value that is not logged is unknown, never 0.
   */
  readonly subStatus: number | null;
  readonly win32Status: number | null;
  /** HttpProxy BackEndStatus; 0 when empty. */
  readonly backEndStatus: number;
  /**
   * The OAuth reason in the row; null when it has none. `oauth_not_available` answers a request without a token; any
   * other reason means that a token was refused.
   */
  readonly category: Category | null;
  /** The reason came from the back end (suffix `-BE`, x-ms-diagnostics-from-backend, a back-end log). */
  readonly isBackEndReason: boolean;
  /**
   * This log would have shown a reason, if there was one (an Exchange log, or an IIS log with a field for
   * x-ms-diagnostics).
   */
  readonly showsReasons: boolean;
  /** The row has a user name (`Anonymous` does not count); null when the log has no such column. */
  readonly hasUser: boolean | null;
  /** A client can present a Bearer token at this URL. False for `/WSSecurity` and the like, RPC over HTTP and remote PowerShell. */
  readonly takesBearer: boolean;
  /** The query has an EAS `DeviceId`, which identifies the client independently of its address. */
  readonly namesDevice: boolean;
  /** Keys of the client's address, its user agent, and its ClientId / MailboxId / DeviceId / User; 0 when the row has none. */
  readonly ipKey: number;
  readonly userAgentKey: number;
  readonly idsKey: number;
  /** Worker process id (EWS log); 0 when the row has none. */
  readonly processId: number;
  /**
   * Name of the other server of a proxied request (TargetServer or FrontEndServer): first label, in lower case; "" when
   * absent.
   */
  readonly peerServer: string;
}

/**
 * A running worker process (OAuthOutbound `process-name` w3wp_<pool>). Process id 0: a Bearer request of the exporter's
 * own probe reached the pool's worker process, whose id is unknown.
 */
export interface WorkerRow {
  readonly kind: "worker";
  readonly atMs: number;
  readonly appPool: AppPool;
  readonly processId: number;
}

/**
 * HTTP.sys dropped a request because the pool's worker process went away (HTTPERR `Connection_Abandoned_By_ReqQueue`,
 * on Windows 2003 `…_By_AppPool`).
 */
export interface AbandonedRow {
  readonly kind: "abandoned";
  readonly atMs: number;
  readonly appPool: AppPool;
}

/** Names of MSExchange OAuth events (domain: ids 2001-2009). */
export const OAUTH_EVENTS = [
  "fail_to_load_local_configuration",
  "partner_application_missing_certificates",
  "auth_server_missing_certificates",
  "signing_certificate_not_found",
  "fail_to_read_signing_certificates",
  "fail_to_authenticate_token",
  "failed_while_reading_metadata",
  "new_certificates_from_metadata_url",
  "more_than_one_authorization_endpoint",
] as const;
export type OAuthEventName = (typeof OAUTH_EVENTS)[number];

/** Names of MSExchange AuthAdmin events (ids 2001-2015). */
export const AUTH_ADMIN_EVENTS = [
  "critical_error",
  "information",
  "permanent_exception",
  "transient_exception",
  "warning",
  "invalid_trusted_issuer_configuration",
  "invalid_trusted_issuer_changes",
  "invalid_metadata_url",
  "corrupt_metadata",
  "unable_to_access_metadata",
  "invalid_certificate_list",
  "invalid_certificates",
  "trusted_issuer_updated",
  "current_signing_updated",
  "auth_admin_completed",
] as const;
export type AuthAdminEventName = (typeof AUTH_ADMIN_EVENTS)[number];

/** The fact that a Windows event reports. */
export type WindowsEventFact =
  | {
      readonly fact: "worker_recycled";
      readonly appPool: AppPool;
      readonly processId: number;
      readonly reason: RecycleReason;
    }
  /** Managed Availability RecycleApplicationPool: event 500 (begun) or 501 (completed). */
  | { readonly fact: "recovery_recycle"; readonly appPool: AppPool; readonly phase: "begun" | "completed" }
  /** Managed Availability ForceReboot. */
  | { readonly fact: "recovery_reboot" }
  /** The system started (Kernel-General 12, EventLog 6005). */
  | { readonly fact: "system_boot" }
  /** iisreset, or the W3SVC or WAS service started running. */
  | { readonly fact: "iis_reset" }
  | {
      readonly fact: "oauth";
      readonly name: OAuthEventName;
      readonly appPool: AppPool | null;
      readonly processId: number;
    }
  | { readonly fact: "auth_admin"; readonly name: AuthAdminEventName }
  /** Any other event worth showing in an incident: HTTPS proxy 1003, pool disabled. */
  | { readonly fact: "noted"; readonly appPool: AppPool | null };

export interface WindowsEventRow {
  readonly kind: "event";
  readonly atMs: number;
  readonly eventKey: number;
  /** Short name of the provider and the id, for evidence: `WAS 5011`. Never contains text of the event. */
  readonly label: string;
  readonly event: WindowsEventFact;
}

export type Row = RequestRow | WorkerRow | AbandonedRow | WindowsEventRow;

/** The format of the log that a row comes from. */
export function logFormatOf(row: Row): LogFormat {
  switch (row.kind) {
    case "request":
      return row.source === "iis_front" || row.source === "iis_back" ? "iis" : row.source;
    case "worker":
      return "oauth_outbound";
    case "abandoned":
      return "http_err";
    case "event":
      return "events";
  }
}

/** Why a line could not be read. */
export const UNREADABLE_REASONS = [
  "no_schema",
  "field_count",
  "time",
  "status",
  "encoding",
  "quote",
  "xml",
  "missing_field",
  "time_out_of_range",
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/**
 * The columns of the following lines, and the header line that they come from, from which the schema can be built
 * again.
 */
export interface Schema {
  readonly header: string;
  /** Columns that detection needs and the log lacks. */
  readonly missing: readonly string[];
}

/** The result of parsing one line. */
export type ParsedLine<S extends Schema = Schema> =
  | { readonly kind: "row"; readonly row: Row }
  /**
   * Health probe, HealthMailbox user or loopback caller. `worker`: the worker process that the row still proves (EWS
   * `ProcessId`), whoever sent the request.
   */
  | { readonly kind: "noise"; readonly atMs: number; readonly worker?: WorkerRow }
  /**
   * Parsed, but without effect (an event or HTTPERR reason that says nothing about Bearer tokens or worker processes).
   */
  | { readonly kind: "ignored"; readonly atMs: number }
  /** A header line; `schema` is null when it names no columns. */
  | { readonly kind: "header"; readonly schema: S | null }
  | { readonly kind: "blank" }
  | { readonly kind: "unreadable"; readonly reason: UnreadableReason };

/** Which log a file belongs to, as `classifyPath()` finds from its path below a server's folder. */
export interface LogKind {
  readonly format: LogFormat;
  /** HttpProxy: the protocol of the folder. IIS: null, because the URL decides. */
  readonly protocol: Protocol | null;
  /** IIS: the Exchange Back End site (W3SVC2). */
  readonly isBackEnd: boolean;
  /**
   * `detect`: the follower looks for the byte order mark of an event export, which may be UTF-16LE. All other logs are
   * UTF-8.
   */
  readonly encoding: "utf8" | "detect";
}
