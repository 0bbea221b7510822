/** Variations of a simulated server's logs, because servers of a real farm differ too. */
export interface ServerTraits {
  /**
   * `all`: Exchange logs and both IIS sites. The others have no `Logging` folder. `iis_only`: IIS logs only.
   * `iis_diagnostics`: IIS also logs x-ms-diagnostics. `iis_poor`: IIS logs neither sc-substatus nor sc-win32-status.
   */
  readonly logs: "all" | "iis_only" | "iis_diagnostics" | "iis_poor";
  /** Where Exchange logs list the column names: in `#Fields`, in a CSV line without it, or in both. */
  readonly header: "fields" | "fields_then_bare" | "bare_then_fields" | "bare";
  readonly hasByteOrderMark: boolean;
  readonly eventEncoding: "utf8" | "utf16le";
  /**
   * Layout of event exports: one event a line, all on one line, one element a line inside `<Events>`, or with texts in
   * another language.
   */
  readonly eventLayout: "line" | "one_line" | "elements" | "rendered";
  /** IIS also logs `sc-bytes cs-bytes`. */
  readonly hasByteCounts: boolean;
  /** HTTPERR has a `streamid` column (Windows Server 2016 and later). */
  readonly hasStreamId: boolean;
  /** IIS logs the user of accepted Bearer requests. */
  readonly showsBearerUser: boolean;
  /** Spelling of Bearer in AuthenticationType. */
  readonly bearerSpelling: string;
}

export interface SimulatedServer extends ServerTraits {
  readonly index: number;
  /** `EX01`. */
  readonly name: string;
  /** `ex01.contoso.example`. */
  readonly fqdn: string;
  readonly address: string;
  /** Major, minor, build, revision. */
  readonly version: readonly [number, number, number, number];
}

const EVENT_LAYOUTS = ["line", "one_line", "elements", "rendered"] as const;
const HEADERS = ["fields", "fields_then_bare", "bare_then_fields", "bare"] as const;
const BEARER_SPELLINGS = ["Bearer", "Bearer", "OAuth", "bearer", "BearerPreAuth"] as const;
const VERSIONS = [
  [15, 2, 1544, 11],
  [15, 1, 2375, 7],
  [15, 2, 2562, 17],
] as const;

/** Creates the server with this index (from 0). `logs`: the logs that its scenario needs. */
export function simulatedServer(index: number, logs: ServerTraits["logs"]): SimulatedServer {
  const name = `EX${String(index + 1).padStart(2, "0")}`;
  return {
    index,
    name,
    fqdn: `${name.toLowerCase()}.contoso.example`,
    address: `10.0.${index >> 8}.${(index & 0xff) + 11}`,
    version: VERSIONS[index % VERSIONS.length] ?? VERSIONS[0],
    logs,
    header: HEADERS[index % HEADERS.length] ?? "fields",
    hasByteOrderMark: index % 3 !== 2,
    eventEncoding: index % 2 === 0 ? "utf8" : "utf16le",
    eventLayout: EVENT_LAYOUTS[index % EVENT_LAYOUTS.length] ?? "line",
    hasByteCounts: index % 4 === 1,
    hasStreamId: index % 2 === 0,
    showsBearerUser: index % 3 === 2,
    bearerSpelling: BEARER_SPELLINGS[index % BEARER_SPELLINGS.length] ?? "Bearer",
  };
}

/** The version in Exchange's notation: `15.02.1544.011`. */
export function versionText([major, minor, build, revision]: SimulatedServer["version"]): string {
  return `${major}.${String(minor).padStart(2, "0")}.${build}.${String(revision).padStart(3, "0")}`;
}
