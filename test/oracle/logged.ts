/** A farm as log rows before they are text: input of the oracle and of the log writer. */

export type OracleProtocol = "ews" | "mapi" | "eas" | "autodiscover";

export const POOL: Readonly<Record<OracleProtocol, string>> = {
  ews: "MSExchangeServicesAppPool",
  mapi: "MSExchangeMapiFrontEndAppPool",
  eas: "MSExchangeSyncAppPool",
  autodiscover: "MSExchangeAutodiscoverAppPool",
};

/** The client, with its texts in the logs. */
export interface Caller {
  readonly agent: string;
  readonly clientId: string;
  readonly deviceId: string;
  readonly user: string;
}

interface Logged {
  readonly server: string;
  readonly atMs: number;
  readonly protocol: OracleProtocol;
  readonly path: string;
  readonly status: number;
  readonly caller: Caller;
  /** `error_category` of a refusal in the row; "" if there is none. */
  readonly reason: string;
}

/** A row of the front end's IIS log. `atMs` is a whole second. */
export interface IisLogged extends Logged {
  readonly log: "iis";
  /** "" if the query is not logged. */
  readonly id: string;
  /** Null if the columns are not logged. */
  readonly kind: readonly [subStatus: number, win32Status: number] | null;
  /** Column c-ip. */
  readonly address: string;
  /** X-Forwarded-For as logged; "" if the field is not logged. */
  readonly forwarded: string;
}

/** A row of an HttpProxy log. */
export interface ProxyLogged extends Logged {
  readonly log: "http_proxy";
  readonly id: string;
  /** AuthenticationType as logged. */
  readonly authentication: string;
  readonly address: string;
  /** `whole`; `lost`: not in the file; `cut`: too short to be read; `short`: cut after the status, so a reason may be missing. */
  readonly state: "whole" | "lost" | "cut" | "short";
}

/** A row of the back end's MapiHttp log: a second row of a request. */
export interface MapiLogged extends Logged {
  readonly log: "mapi_http";
  readonly id: string;
}

export type RequestLogged = IisLogged | ProxyLogged | MapiLogged;

/** A worker replacement reported by WAS. */
export interface RecycleLogged {
  readonly log: "event";
  readonly server: string;
  readonly atMs: number;
  readonly pool: string;
  readonly eventId: 5011 | 5074 | 5079 | 5080;
  readonly processId: number;
}

export interface LoggedFarm {
  readonly seed: number;
  readonly servers: readonly string[];
  /** False: the servers write no such log at all. */
  readonly hasIis: boolean;
  readonly hasProxy: boolean;
  readonly iisColumns: {
    readonly query: boolean;
    readonly kind: boolean;
    readonly reason: boolean;
    readonly forwarded: boolean;
  };
  /** In the order of each log. */
  readonly requests: readonly RequestLogged[];
  readonly recycles: readonly RecycleLogged[];
}
