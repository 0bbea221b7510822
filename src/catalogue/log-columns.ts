import type { LogFormat } from "../model/label-values.ts";

/**
 * The columns that the verdicts need, by log, as the log spells them, and what is not known without each. A closed set: the label `column` of
 * `hma_log_columns_missing` takes these values alone.
 */
export const NEEDED_COLUMNS: Readonly<Record<LogFormat, Readonly<Record<string, string>>>> = {
  iis: {
    "cs-uri-stem": "protocol and app pool of a request",
    "cs-uri-query": "the request's id, which joins it with HttpProxy, and ids of its client",
    "cs-username": "whether a request had a user",
    "c-ip": "which client it was",
    "cs(User-Agent)": "which program of a client it was",
    "sc-status": "how a request ended",
    "sc-substatus": "the kind of a 401: challenge, handshake, wrong password or refused token",
    "sc-win32-status": "whether a 401 is a leg of NTLM or its failure",
  },
  http_proxy: {
    RequestId: "the request's id, which joins it with IIS",
    UrlStem: "the app pool of a request",
    UrlQuery: "ids of its client",
    AuthenticationType: "whether a token was presented",
    AuthenticatedUser: "whether a request had a user",
    UserAgent: "which program of a client it was",
    ClientIpAddress: "which client it was",
    HttpStatus: "how a request ended",
    BackEndStatus: "which end refused",
    GenericInfo: "the reason of a refusal",
  },
  ews: {
    RequestId: "the request's id",
    HttpStatus: "how a request ended",
    AuthenticationType: "whether a token was presented",
    AuthenticationErrors: "the reason of a refusal at the back end",
    ProcessId: "a new worker of MSExchangeServicesAppPool",
  },
  mapi_http: {
    RequestId: "the request's id",
    HttpStatusCode: "how a request ended",
    AuthenticationType: "whether a token was presented",
    OAuthErrorCategory: "the reason of a refusal at the back end",
  },
  oauth_outbound: { "process-id": "a new worker", "process-name": "the app pool of a worker" },
  http_err: { "s-reason": "a worker that went away", "s-queuename": "the app pool of a worker that went away" },
  events: {},
};

/** What people call the logs. */
export const LOG_TITLES: Readonly<Record<LogFormat, string>> = {
  iis: "IIS",
  http_proxy: "HttpProxy",
  ews: "EWS",
  mapi_http: "MapiHttp",
  oauth_outbound: "OAuthOutbound",
  http_err: "HTTPERR",
  events: "Windows events",
};

/** Every needed column of any log, each once. */
export const NEEDED_COLUMN_NAMES: readonly string[] = [
  ...new Set(Object.values(NEEDED_COLUMNS).flatMap((columns) => Object.keys(columns))),
];

/** The needed columns that are not among those of a log's header, whatever its case. */
export function missingColumns(format: LogFormat, header: readonly string[]): readonly string[] {
  const there = new Set(header.map((name) => name.toLowerCase()));
  return Object.keys(NEEDED_COLUMNS[format]).filter((name) => !there.has(name.toLowerCase()));
}
