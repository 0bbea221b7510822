/** A farm as rows that its logs hold, before they are text: what the oracle judges and the writer writes. */

export type OracleProtocol = "ews" | "mapi" | "eas" | "autodiscover";

export const POOL: Readonly<Record<OracleProtocol, string>> = {
  ews: "MSExchangeServicesAppPool",
  mapi: "MSExchangeMapiFrontEndAppPool",
  eas: "MSExchangeSyncAppPool",
  autodiscover: "MSExchangeAutodiscoverAppPool",
};

/** Who asks: the texts that stand in the logs. */
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
  /** `error_category` of a refusal that the row shows; "" for none. */
  readonly reason: string;
}

/** A row of the front end's IIS log. `atMs` is a whole second. */
export interface IisLogged extends Logged {
  readonly log: "iis";
  /** "" where the query is not logged. */
  readonly id: string;
  /** Null where the columns are not logged. */
  readonly kind: readonly [subStatus: number, win32Status: number] | null;
  /** c-ip. */
  readonly address: string;
  /** X-Forwarded-For as logged; "" where the field is not. */
  readonly forwarded: string;
}

/** A row of a HttpProxy log. */
export interface ProxyLogged extends Logged {
  readonly log: "http_proxy";
  readonly id: string;
  /** AuthenticationType as it stands there. */
  readonly authentication: string;
  readonly address: string;
  /**
   * `whole`; `lost`: not in the file; `cut`: too short to be read; `short`: cut off behind the status, so that a reason could have stood
   * there.
   */
  readonly state: "whole" | "lost" | "cut" | "short";
}

/** A row of the MapiHttp log of the back end: a second sight of a request. */
export interface MapiLogged extends Logged {
  readonly log: "mapi_http";
  readonly id: string;
}

export type RequestLogged = IisLogged | ProxyLogged | MapiLogged;

/** WAS replaced a worker. */
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
  /** The servers write no HttpProxy, IIS or MapiHttp log at all. */
  readonly hasIis: boolean;
  readonly hasProxy: boolean;
  readonly iisColumns: {
    readonly query: boolean;
    readonly kind: boolean;
    readonly reason: boolean;
    readonly forwarded: boolean;
  };
  /** In the order in which each log holds them. */
  readonly requests: readonly RequestLogged[];
  readonly recycles: readonly RecycleLogged[];
}
