import type { AppPool } from "./app-pool.ts";
import type { Category, LogFormat, Protocol, RecycleReason, Scheme } from "./label-values.ts";

/** Where a row stands. Rows of one file with equal times keep the order of their offsets. */
export interface RowPosition {
  /**
   * `textKeyOf(server + "/" + path below the server's folder)` of the name under which the file was first seen: the same whatever order
   * files are read in. A file that takes another's place under its name gets a key of its own.
   */
  readonly fileKey: number;
  /** Of the line's first byte, in the unpacked text for `.gz`. */
  readonly offset: number;
}

/** The log that showed a request. `iis_back` is the Exchange Back End site: a second row of a request, never a request of its own. */
export const REQUEST_SOURCES = ["iis_front", "http_proxy", "iis_back", "ews", "mapi_http"] as const;
export type RequestSource = (typeof REQUEST_SOURCES)[number];

/**
 * One log's row of one HTTP request. Who asked stands here only as hashes (`textKey()` of `text-key.ts`): the row's texts do not outlive
 * the parser.
 */
export interface RequestRow {
  readonly kind: "request";
  readonly source: RequestSource;
  /** End of the request, Unix milliseconds. IIS knows whole seconds only. */
  readonly atMs: number;
  /** Key of cafeReqId (IIS) or RequestId (Exchange logs); 0 when the row has none. */
  readonly requestKey: number;
  readonly protocol: Protocol;
  /** The pool whose worker handled the row: the front-end pool, for back-end rows the back-end pool. */
  readonly appPool: AppPool;
  /** `unknown` when this log does not say. */
  readonly scheme: Scheme;
  readonly status: number;
  /**
   * IIS sub-status and Win32 status; null where the row does not say: the Exchange logs, an IIS log without the column, a `-`. What is not
   * logged is unknown and never 0.
   */
  readonly subStatus: number | null;
  readonly win32Status: number | null;
  /** HttpProxy BackEndStatus; 0 when empty. */
  readonly backEndStatus: number;
  /**
   * The OAuth reason that the row shows; null where it shows none. `oauth_not_available` answers a request that presented no token: every
   * other one tells that a token was refused.
   */
  readonly category: Category | null;
  /** The reason came from the back end (suffix `-BE`, x-ms-diagnostics-from-backend, a back-end log). */
  readonly isBackEndReason: boolean;
  /** This log would have shown a reason if there had been one (an Exchange log, or an IIS log with an x-ms-diagnostics field). */
  readonly showsReasons: boolean;
  /** A user name stands in the row (`Anonymous` is none); null when the log has no column for it. */
  readonly hasUser: boolean | null;
  /** A client can present a Bearer token at this URL. False for `/WSSecurity` and the like, RPC over HTTP and remote PowerShell. */
  readonly takesBearer: boolean;
  /** The query names a device (EAS `DeviceId`): whoever it is does not hang on its address. */
  readonly namesDevice: boolean;
  /** Keys of the client's address, its user agent, and its ClientId / MailboxId / DeviceId / User; 0 when the row has none. */
  readonly ipKey: number;
  readonly userAgentKey: number;
  readonly idsKey: number;
  /** Worker process id (EWS log); 0 when the row has none. */
  readonly processId: number;
  /** Name of the other server of a proxied request (TargetServer or FrontEndServer), lower case, first label only; "" when none. */
  readonly peerServer: string;
}

/**
 * A worker process was seen at work (OAuthOutbound `process-name` w3wp_<pool>). Process id 0: a Bearer request of our own probe reached
 * the pool's worker, whichever process that is.
 */
export interface WorkerRow {
  readonly kind: "worker";
  readonly atMs: number;
  readonly appPool: AppPool;
  readonly processId: number;
}

/**
 * HTTP.sys gave a request up because the pool's worker did (HTTPERR `Connection_Abandoned_By_ReqQueue`, on Windows 2003 `…_By_AppPool`).
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

/** What a Windows event tells. `eventKey` identifies the event (channel, record id, time), so that a second export of it counts once. */
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
  /** The system started (Kernel-General 12, EventLog 6005), or began to stop. */
  | { readonly fact: "system_boot" }
  /** iisreset, or the W3SVC or WAS service came up. */
  | { readonly fact: "iis_reset" }
  | {
      readonly fact: "oauth";
      readonly name: OAuthEventName;
      readonly appPool: AppPool | null;
      readonly processId: number;
    }
  | { readonly fact: "auth_admin"; readonly name: AuthAdminEventName }
  /** Any other event that an incident should show: HTTPS proxy 1003, pool disabled. */
  | { readonly fact: "noted"; readonly appPool: AppPool | null };

export interface WindowsEventRow {
  readonly kind: "event";
  readonly atMs: number;
  readonly eventKey: number;
  /** Short name of the provider and the id, for evidence: `WAS 5011`. Never the event's text. */
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

/** The columns in force for the lines that follow, and the header line they came from, from which the schema can be built again. */
export interface Schema {
  readonly header: string;
  /** Columns that the verdicts need and the log does not write. */
  readonly missing: readonly string[];
}

/** What one line of a log is. */
export type ParsedLine<S extends Schema = Schema> =
  | { readonly kind: "row"; readonly row: Row }
  /**
   * Health probe, HealthMailbox user or loopback caller. `worker`: what the row still proves of a worker process (EWS `ProcessId`),
   * whoever asked.
   */
  | { readonly kind: "noise"; readonly atMs: number; readonly worker?: WorkerRow }
  /** Read and understood, and of no consequence here (an event or HTTPERR reason that says nothing of Bearer tokens or workers). */
  | { readonly kind: "ignored"; readonly atMs: number }
  /** A header line; `schema` is null for the header lines that name no columns. */
  | { readonly kind: "header"; readonly schema: S | null }
  | { readonly kind: "blank" }
  | { readonly kind: "unreadable"; readonly reason: UnreadableReason };

/** Where a log stands below a server's folder, as `classifyPath()` tells from its path. */
export interface LogKind {
  readonly format: LogFormat;
  /** HttpProxy: the protocol of the folder. IIS: null (the URL tells). */
  readonly protocol: Protocol | null;
  /** IIS: the Exchange Back End site (W3SVC2). */
  readonly isBackEnd: boolean;
  /** `utf16le` for event exports with that byte order mark is found by the follower; the rest is UTF-8. */
  readonly encoding: "utf8" | "detect";
}
