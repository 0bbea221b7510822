import { FRONT_END_POOL, type AppPool } from "../../model/app-pool.ts";
import { SCHEMES, type Protocol } from "../../model/label-values.ts";
import {
  HAS_USER,
  HAS_FULL_ROW,
  KEPT_COLUMNS,
  type Keeping,
  type KeepingServer,
  type FullRowColumns,
  type KeptRows,
  type ListedRows,
  type RowScanner,
  type ScanRules,
  type ScanTally,
  type ScannedRequests,
  type ScannedUrl,
} from "../../model/row-scanner.ts";
import type { RequestRow, Schema, WorkerRow } from "../../model/row.ts";
import type { ScannerMemory } from "../../model/logs/scanner-memory.ts";
import { FOLLOWED_SLOTS, MAX_KEPT_ROWS, SUCCESS_COLUMNS, type SuccessMemory } from "../../model/logs/success-memory.ts";
import type { NoiseRules } from "../noise/noise-rules.ts";
import type { Reason, ReasonFinder } from "../reasons/oauth-reason.ts";
import { ColumnSchema } from "../text/column-schema.ts";
import { literal } from "../text/literals.ts";
import { NOISE } from "../text/noise.ts";
import { SCHEME_NAMES, SCHEME_OF_NOTHING, SCHEME_OF_OTHERS } from "../text/scheme.ts";
import { serverName } from "../text/server-name.ts";
import {
  NEVER_BEARER_ENDINGS,
  NEVER_BEARER_PROTOCOLS,
  URL_ROUTES,
  URL_PREFIXES,
  type UrlRoute,
} from "../text/url-route.ts";
import { ENGINE_MEMORY_END, EngineMemory, ScannerClients, ScannerRequests } from "./engine-memory.ts";
import type { ScannerCode, ScannerExports } from "./scanner-code.ts";

// Memory layout, as in source/iis-scanner.ts. Byte addresses.
const NUMBERS = 1024;
const [
  SINCE,
  UNTIL,
  HORIZON,
  COUNTED_LINES,
  COUNTED_BYTES,
  NOISE_LINES,
  NOISE_BYTES,
  LAST_AT,
  NEWEST_AT,
  OLDEST_ROW_AT,
  NEWEST_ROW_AT,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
const FLAGS = 1112;
const [STOPPED_BECAUSE, ROW_COUNT, IS_BACK_END, FIELDS_WANTED, MAX_LINE_BYTES, TAKES_ROWS, KNOWS_MARKS] = [
  0, 1, 2, 3, 4, 5, 6,
] as const;
/** Index in `numbers`. */
const AHEAD_AT = 15;
const COLUMNS = 1152;
const ASKS_ADDRESSES = 1248;
const ASKS_AGENTS = 1252;
const NEVER_BEARER = 1280;
const SLOTS = 16;
/** Indexes in `numbers`. */
const [PROCESS, PROCESS_LAST_AT, NUMBER_COUNT] = [29, 31, 32] as const;
/** First slots of the back end's CSV logs, and how many columns may hold an agent of a probe and a user. */
const [BACK_AGENTS, BACK_USERS, MAX_BACK_AGENTS, MAX_BACK_USERS] = [4, 7, 3, 5] as const;
const PROBE_AGENTS = 3072;
const PROBE_USERS = 3328;
const PROBE_PAGES = 3584;
const LITERAL_BYTES = 256;
const SCHEME_LIST = 3840;
const SCHEME_BYTES = 252;
const SCHEME_IS_PREFIX = 128;
const SCHEME_NONE = 4092;
const SCHEME_OTHER = 4093;
const PREFIXES_OF_LETTER = 4096;
const PREFIX_TEXTS = 5120;
const PREFIX_LENGTHS = 7168;
const PREFIX_ROUTES = 7232;
const MAX_PREFIXES = 64;
const PREFIX_BYTES = 32;
const SETTLED_ROUTES = 7296;
const MARKS = 7424;
const MARK_LETTERS = 7680;
const MARK_LETTERS_USED = 3;
const MAX_ROWS = 1024;
const ROW_AT = 16_384;
const ROW_CLIENT = 24_576;
const ROW_START = 32_768;
const ROW_URL_CODE = 36_864;
const ROW_SCHEME = 37_888;
const ROW_STATUS = 38_912;
const ROW_BACK_END_STATUS = 40_960;
const ROW_DEVICE = 43_008;
const ROW_REQUEST = 196_608;
const ROW_AGENT = 204_800;
const ROW_IDS = 212_992;
const ROW_SUB_STATUS = 221_184;
const ROW_WIN32_STATUS = 229_376;
const ROW_TARGET = 237_568;
const ROW_SUCCESSES = 245_760;
const FIELDS_READ = 11_445_376;
const CLIENT_TEXTS = 11_445_504;
const ROW_REASON = 25_447_424;
const POOL_KEYS = 253_952;
const SUCCESS_COUNT = 254_464;
const KEEPS = 254_472;
/** Numbers from SUCCESS_COUNT on. */
const [FILE_KEY_AT, FILE_OFFSET_AT, KEPT_NUMBERS] = [2, 3, 4] as const;
const [KEEPS_AT, NOTE_COUNT_AT] = [0, 1] as const;
const NOTES = 263_168;
const NOTE_NUMBERS = 1_280 * KEPT_COLUMNS;
const FOLLOWED = 304_128;
const BUCKETS = 369_664;
const BUCKET_COUNT = 262_144;
const BEFORE = 1_418_240;
const SUCCESSES = 2_532_352;
const SUCCESS_COUNT_MOST = 262_144 + MAX_KEPT_ROWS;
const INPUT = ENGINE_MEMORY_END;
/** Bytes after the input that the scanner may read. */
const MARGIN = 96;
const PAGE_BYTES = 65_536;

/** A log with more columns is left to the parser. */
const MAX_COLUMNS = 100;
const FULL = 2;
const AHEAD = 3;

/** Slots of the user column in iis-w3c.ts and http-proxy.ts, and of the x-ms-diagnostics column in iis-w3c.ts. */
const USER = { iis: 5, http_proxy: 7 } as const;
const DIAGNOSTICS = 10;
/** Slots of all CSV logs. */
const [TIME_SLOT, STATUS_SLOT] = [0, 1] as const;

/**
 * Creates a scanner of IIS logs with its own memory (2 MiB, or as much as the largest loaded range needs; 10 to 24 MiB more once
 * it keeps rows).
 * @param code shared by the scanners of one set of formats
 * @param marks every text that holds a reason contains one of them; null when they are unknown
 */
export function createIisScanner(code: ScannerCode, marks: readonly string[] | null, noise: NoiseRules): RowScanner {
  return new LogScanner("iis", { code, marks, noise });
}

/** How an HttpProxy log shows reasons. `clientTexts`: slots of the columns that the client fills, which prove nothing. */
export interface ProxyReasons {
  readonly reasons: ReasonFinder;
  readonly clientTexts: readonly number[];
}

/** Like `createIisScanner`, for HttpProxy logs. */
export function createHttpProxyScanner(code: ScannerCode, proxy: ProxyReasons, noise: NoiseRules): RowScanner {
  return new LogScanner("http_proxy", { code, marks: proxy.reasons.marks, noise, proxy });
}

/** A CSV log of the back end: slots of its columns. Time and status are the first two. */
export interface BackEndLog {
  readonly format: "ews" | "mapi_http";
  readonly protocol: Protocol;
  readonly ip: number;
  /** Null when the log shows no worker process. */
  readonly process: { readonly slot: number; readonly appPool: AppPool } | null;
  /** Columns in which a health probe shows itself, three at most. */
  readonly agents: readonly number[];
  /** The first of `agents` is a user agent, to which the configured expressions apply. */
  readonly hasUserAgent: boolean;
  /** Columns with users and mailboxes, five at most. */
  readonly users: readonly number[];
}

/**
 * Creates a scanner of a CSV log of the back end. It counts noise, and rows that cannot carry a reason where they are of no consequence
 * (`ScanRules.protocolsSettledByOneLog`); it lists no row.
 */
export function createBackEndScanner(code: ScannerCode, log: BackEndLog, noise: NoiseRules): RowScanner {
  return new LogScanner(log.format, { code, marks: [], noise, log });
}

interface ScannerParts {
  readonly code: ScannerCode;
  readonly marks: readonly string[] | null;
  readonly noise: NoiseRules;
  /** Absent for a front-end log. */
  readonly log?: BackEndLog;
  /** Of HttpProxy. */
  readonly proxy?: ProxyReasons;
}

/** Of each URL code on a server: key of its app pool, and packed fields of a success. */
interface UrlPools {
  readonly keys: Float64Array;
  readonly fields: Float64Array;
}

type ScannedFormat = "iis" | "http_proxy" | BackEndLog["format"];

class LogScanner implements RowScanner {
  readonly #format: ScannedFormat;
  readonly #backEnd: BackEndLog | null;
  readonly #proxy: ProxyReasons | null;
  readonly #reasons: RecentReasons;
  #urls: readonly ScannedUrl[] = URL_ROUTES.map(({ protocol, frontEndPool }) => ({ protocol, appPool: frontEndPool }));
  readonly #exports: ScannerExports;
  #memory: Memory;
  #start = 0;
  #end = 0;
  /** Null until a caller asks for it. */
  #shared: SharedMemory | null = null;
  #keeping: Keeping | null = null;
  readonly #pools = new WeakMap<KeepingServer, UrlPools>();
  /** Of each URL code: 1 when one log settles its protocol. Files of several logs are read in turn. */
  readonly #settledRoutes = new WeakMap<ReadonlySet<string>, WeakMap<readonly ScannedUrl[], Uint8Array>>();
  readonly #urlsOfFolders = new Map<Protocol, readonly ScannedUrl[]>();
  #schema: ColumnSchema | null = null;
  /** Many files are read in turn, each with a schema of its own. */
  readonly #columnsOf = new WeakMap<ColumnSchema, Int32Array>();
  /** Worker process of the rows that the last call of `scan` counted; 0 when none is known. */
  #processId = 0;
  #plain: ReadonlySet<string> | null = null;
  /** Protocol of the folder being scanned; HttpProxy only. */
  #protocol: Protocol | null = null;

  constructor(format: ScannedFormat, { code, marks, noise, log, proxy }: ScannerParts) {
    this.#format = format;
    this.#proxy = proxy ?? null;
    this.#reasons = new RecentReasons(proxy?.reasons ?? null);
    this.#backEnd = log ?? null;
    this.#exports = code.instantiate({
      noise: {
        isAddress: (start: number, end: number) => (noise.isAddress(this.#textAt(start, end)) ? 1 : 0),
        isAgent: (start: number, end: number) => (noise.isAgent(this.#textAt(start, end)) ? 1 : 0),
      },
    });
    this.#memory = new Memory(this.#exports.memory.buffer);
    const { bytes, flags } = this.#memory;
    flags[KNOWS_MARKS] = marks === null ? 0 : 1;
    bytes.writeInt32LE(noise.hasAddresses ? 1 : 0, ASKS_ADDRESSES);
    bytes.writeInt32LE(noise.hasAgents && log?.hasUserAgent !== false ? 1 : 0, ASKS_AGENTS);
    writeLiterals(bytes, MARKS, marks ?? []);
    writeMarkLetters(bytes, marks ?? []);
    writeSchemes(bytes);
    writeLiterals(bytes, PROBE_AGENTS, NOISE.agents);
    writeLiterals(bytes, PROBE_USERS, NOISE.users);
    writeLiterals(bytes, PROBE_PAGES, NOISE.pages);
    writeLiterals(bytes, NEVER_BEARER, NEVER_BEARER_ENDINGS);
    writePrefixes(bytes);
  }

  load(bytes: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start);
    this.#memory.bytes.set(bytes.subarray(start, end), INPUT);
    this.#start = start;
    this.#end = end;
    // The bytes may be of another file.
    this.#memory.numbers[PROCESS] = 0;
  }

  #makeRoom(inputBytes: number): void {
    const missing = INPUT + inputBytes + MARGIN - this.#memory.bytes.length;
    if (missing <= 0) return;
    this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#memory = new Memory(this.#exports.memory.buffer);
  }

  begin(schema: Schema, rules: ScanRules): boolean {
    if (
      !(schema instanceof ColumnSchema) ||
      schema.format !== this.#format ||
      !schema.isComplete ||
      fieldsOf(schema) > MAX_COLUMNS
    )
      return false;
    const { numbers, flags } = this.#memory;
    numbers[SINCE] = rules.sinceMs;
    numbers[UNTIL] = rules.untilMs;
    numbers[HORIZON] = rules.horizonMs;
    flags[IS_BACK_END] = rules.log.isBackEnd ? 1 : 0;
    flags[MAX_LINE_BYTES] = rules.maxLineBytes;
    if (schema !== this.#schema) this.#takeSchema(schema);
    const { protocol } = rules.log;
    if (rules.protocolsSettledByOneLog !== this.#plain || protocol !== this.#protocol)
      this.#takePlain(rules.protocolsSettledByOneLog, protocol);
    flags[TAKES_ROWS] = this.#takesRows(rules) ? 1 : 0;
    this.#keep(this.#format === "iis" ? rules.keeping : null);
    return true;
  }

  #takesRows({ log, protocolsSettledByOneLog }: ScanRules): boolean {
    if (this.#backEnd !== null) return protocolsSettledByOneLog.has(this.#backEnd.protocol);
    return this.#format === "iis" || log.protocol !== null;
  }

  get memory(): ScannerMemory | null {
    if (this.#format !== "iis") return null;
    this.#shared ??= new SharedMemory(this.#exports, () => this.#memory);
    return this.#shared;
  }

  scan(at: number, offset: number): number {
    const { numbers, flags, keptNumbers, keptFlags } = this.#memory;
    keptFlags[NOTE_COUNT_AT] = 0;
    keptNumbers[FILE_OFFSET_AT] = offset;
    numbers[PROCESS_LAST_AT] = -Infinity;
    // The call ends where the process changes.
    this.#processId = numbers[PROCESS] ?? 0;
    flags[ROW_COUNT] = 0;
    const shift = INPUT - this.#start;
    return this.#scanLines(at + shift, this.#end + shift) - shift;
  }

  #scanLines(from: number, end: number): number {
    if (this.#backEnd !== null) return this.#exports.scanBackEnd(from, end);
    return this.#format === "iis" ? this.#exports.scanIis(from, end) : this.#exports.scanHttpProxy(from, end);
  }

  replay(rows: ListedRows, from: number, keeping: Keeping): number {
    const { schema, offset, count, numbers: columns, oldestAtMs, newestAtMs } = rows;
    if (!(schema instanceof ColumnSchema)) throw new Error("Cannot take listed rows: their schema has no columns");
    if (from === 0) this.#makeRoom(columns.byteLength);
    const { bytes, numbers, flags, keptNumbers, keptFlags } = this.#memory;
    if (from === 0) bytes.set(new Uint8Array(columns.buffer, columns.byteOffset, columns.byteLength), INPUT);
    if (schema !== this.#schema) this.#takeSchema(schema);
    this.#keep(keeping);
    keptFlags[NOTE_COUNT_AT] = 0;
    keptNumbers[FILE_OFFSET_AT] = offset;
    flags[ROW_COUNT] = 0;
    const next = this.#exports.replayIis(INPUT, count, from);
    numbers[OLDEST_ROW_AT] = oldestAtMs;
    numbers[NEWEST_ROW_AT] = newestAtMs;
    return next;
  }

  get worker(): WorkerRow | null {
    const atMs = this.#memory.numbers[PROCESS_LAST_AT] ?? NaN;
    const process = this.#backEnd?.process ?? null;
    if (process === null || this.#processId === 0 || !Number.isFinite(atMs)) return null;
    return { kind: "worker", atMs, appPool: process.appPool, processId: this.#processId };
  }

  get isFull(): boolean {
    return this.#memory.flags[STOPPED_BECAUSE] === FULL;
  }

  get aheadAtMs(): number | null {
    const { flags, numbers } = this.#memory;
    return flags[STOPPED_BECAUSE] === AHEAD ? (numbers[AHEAD_AT] ?? null) : null;
  }

  get tally(): ScanTally {
    const { numbers } = this.#memory;
    return {
      countedLines: numbers[COUNTED_LINES] ?? 0,
      countedBytes: numbers[COUNTED_BYTES] ?? 0,
      noiseLines: numbers[NOISE_LINES] ?? 0,
      noiseBytes: numbers[NOISE_BYTES] ?? 0,
      lastAtMs: numbers[LAST_AT] ?? NaN,
      newestAtMs: numbers[NEWEST_AT] ?? NaN,
    };
  }

  get scanned(): ScannedRequests {
    const { numbers, flags, atMs, clients, starts, urlCodes, schemes } = this.#memory;
    const [oldestAtMs, newestAtMs] = [numbers[OLDEST_ROW_AT] ?? NaN, numbers[NEWEST_ROW_AT] ?? NaN];
    const source = this.#format === "iis" ? "iis_front" : "http_proxy";
    return {
      source,
      count: flags[ROW_COUNT] ?? 0,
      atMs,
      clients,
      starts,
      urlCodes,
      schemes,
      urls: this.#urls,
      kept: this.#kept,
      fullRows: this.#fullRows,
      oldestAtMs,
      newestAtMs,
      fullRow: (index) => this.#fullRow(index),
    };
  }

  get #fullRows(): FullRowColumns | null {
    if (this.#backEnd !== null || this.#schema === null) return null;
    return { ...this.#memory.fullRows, schema: this.#schema, reasonOf: this.#reasonOf };
  }

  get #kept(): KeptRows | null {
    if (this.#keeping === null) return null;
    const { keptFlags, notes, successesBefore } = this.#memory;
    return { count: keptFlags[NOTE_COUNT_AT] ?? 0, runs: notes, successesBefore };
  }

  #keep(keeping: Keeping | null): void {
    const { keptNumbers, keptFlags, poolKeys, engine } = this.#memory;
    if (keeping === null || keeping.server !== this.#keeping?.server) {
      keptFlags[KEEPS_AT] = keeping === null ? 0 : 1;
      if (keeping !== null) {
        const { keys, fields } = this.#poolsOf(keeping.server);
        poolKeys.set(keys);
        engine.servedFields.set(fields);
      }
    }
    if (keeping !== null && this.#schema !== null)
      this.#shared?.watched.takeKinds(keeping.server.index, keeping.server.kindsOf(this.#schema));
    keptNumbers[FILE_KEY_AT] = keeping?.fileKey ?? 0;
    this.#keeping = keeping;
  }

  #poolsOf(server: KeepingServer): UrlPools {
    let known = this.#pools.get(server);
    if (known === undefined) {
      known = {
        keys: new Float64Array(this.#urls.map((url) => server.poolKeyOf(url))),
        fields: new Float64Array(this.#urls.map((url) => server.packedFieldsOf(url))),
      };
      this.#pools.set(server, known);
    }
    return known;
  }

  #fullRow(index: number): RequestRow {
    const {
      atMs,
      requests,
      clients,
      agents,
      ids,
      statuses,
      backEndStatuses,
      subStatuses,
      win32Statuses,
      schemes,
      urlCodes,
      devices,
    } = this.#memory;
    const isProxy = this.#format === "http_proxy";
    const reason = isProxy ? this.#reasonOf(index) : null;
    const scheme = isProxy ? (SCHEMES[schemes[index] ?? 0] ?? "unknown") : "unknown";
    const urlCode = urlCodes[index] ?? 0;
    const { protocol, appPool } = this.#urls[urlCode & ~(HAS_USER | HAS_FULL_ROW)] ?? {
      protocol: "other",
      appPool: "other",
    };
    return {
      kind: "request",
      source: isProxy ? "http_proxy" : "iis_front",
      atMs: atMs[index] ?? NaN,
      requestKey: requests[index] ?? 0,
      protocol,
      appPool,
      // Exchange gives a reason only when it refuses a Bearer token.
      scheme: reason !== null && (scheme === "anonymous" || scheme === "unknown") ? "bearer" : scheme,
      status: statuses[index] ?? 0,
      subStatus: isProxy ? null : knownNumber(subStatuses[index]),
      win32Status: isProxy ? null : knownNumber(win32Statuses[index]),
      backEndStatus: isProxy ? (backEndStatuses[index] ?? 0) : 0,
      category: reason === null ? null : reason.category,
      isBackEndReason: reason !== null && (reason.isBackEnd || backEndStatuses[index] === 401),
      showsReasons: isProxy || this.#schema?.has(DIAGNOSTICS) === true,
      hasUser: this.#schema?.has(isProxy ? USER.http_proxy : USER.iis) === true ? (urlCode & HAS_USER) !== 0 : null,
      // The scanner leaves rows of other URLs that take no Bearer token to the parser.
      takesBearer: !NEVER_BEARER_PROTOCOLS.has(protocol),
      namesDevice: devices[index] === 1,
      ipKey: clients[index] ?? 0,
      userAgentKey: agents[index] ?? 0,
      idsKey: ids[index] ?? 0,
      processId: 0,
      peerServer: isProxy ? this.#targetOf(index) : "",
    };
  }

  readonly #reasonOf = (index: number): Reason | null => {
    const { bytes, reasons } = this.#memory;
    const start = reasons[2 * index] ?? 0;
    const end = reasons[2 * index + 1] ?? 0;
    return start === end ? null : this.#reasons.search(bytes, start, end);
  };

  #targetOf(index: number): string {
    const { bytes, targets } = this.#memory;
    const [start = 0, end = 0] = [targets[2 * index], targets[2 * index + 1]];
    return start === end ? "" : serverName(bytes, start, end);
  }

  #textAt(start: number, end: number): string {
    return this.#memory.bytes.toString("latin1", start, end);
  }

  #takeSchema(schema: ColumnSchema): void {
    let columns = this.#columnsOf.get(schema);
    if (columns === undefined) {
      columns = this.#columnsIn(schema);
      this.#columnsOf.set(schema, columns);
    }
    this.#memory.columns.set(columns);
    const { bytes, flags } = this.#memory;
    flags[FIELDS_WANTED] = fieldsOf(schema);
    bytes.writeInt32LE(schema.fieldsWanted, FIELDS_READ);
    if (this.#proxy !== null) {
      const texts = schema.inOrder(this.#proxy.clientTexts).map((slot) => schema.slotOfColumn.lastIndexOf(slot));
      bytes.set([texts.length, ...texts], CLIENT_TEXTS);
    }
    this.#schema = schema;
  }

  /** Column of each slot of the scanner; -1 when the log does not have it. */
  #columnsIn(schema: ColumnSchema): Int32Array {
    const columns = new Int32Array(SLOTS).fill(-1);
    schema.slotOfColumn.forEach((slot, column) => {
      if (slot < 0) return;
      if (this.#backEnd === null) columns[slot] = column;
      else for (const index of indexesOf(this.#backEnd, slot)) columns[index] = column;
    });
    return columns;
  }

  #takePlain(protocols: ReadonlySet<string>, folder: Protocol | null): void {
    if (this.#format === "http_proxy" && folder !== null) this.#urls = this.#urlsIn(folder);
    this.#protocol = folder;
    this.#memory.bytes.set(this.#settledRoutesOf(protocols), SETTLED_ROUTES);
    this.#plain = protocols;
  }

  #settledRoutesOf(protocols: ReadonlySet<string>): Uint8Array {
    let byUrls = this.#settledRoutes.get(protocols);
    if (byUrls === undefined) this.#settledRoutes.set(protocols, (byUrls = new WeakMap()));
    let routes = byUrls.get(this.#urls);
    if (routes === undefined) {
      routes = Uint8Array.from(this.#urls, ({ protocol }) => (protocols.has(protocol) ? 1 : 0));
      byUrls.set(this.#urls, routes);
    }
    return routes;
  }

  /** Returns the same array for the same folder. */
  #urlsIn(folder: Protocol): readonly ScannedUrl[] {
    const known = this.#urlsOfFolders.get(folder) ?? URL_ROUTES.map((url) => servedUrlIn(folder, url));
    this.#urlsOfFolders.set(folder, known);
    return known;
  }
}

/**
 * Number of fields that a line must have. An HttpProxy row must be whole, because a truncated one may have lost its
 * reason.
 */
function fieldsOf(schema: ColumnSchema): number {
  return schema.format === "http_proxy" ? schema.slotOfColumn.length : schema.fieldsWanted;
}

/** Where the scanner expects the column of a slot; empty when it does not read it. */
function indexesOf(log: BackEndLog, slot: number): number[] {
  const { ip, process, agents, users } = log;
  if (agents.length > MAX_BACK_AGENTS || users.length > MAX_BACK_USERS)
    throw new Error(`Cannot scan ${log.format} logs: too many columns for agents or users`);
  const order = [TIME_SLOT, STATUS_SLOT, ip, process?.slot ?? -1];
  agents.forEach((one, index) => (order[BACK_AGENTS + index] = one));
  users.forEach((one, index) => (order[BACK_USERS + index] = one));
  return [...order.keys()].filter((index) => order[index] === slot);
}

/** Finds reasons in texts. Many rows have the same text, which is searched once while it is among the last ones. */
class RecentReasons {
  readonly #reasons: ReasonFinder | null;
  readonly #recent: { readonly text: Buffer; readonly reason: Reason | null }[] = [];
  #oldest = 0;

  constructor(reasons: ReasonFinder | null) {
    this.#reasons = reasons;
  }

  search(bytes: Buffer, start: number, end: number): Reason | null {
    for (const { text, reason } of this.#recent)
      if (text.length === end - start && text.compare(bytes, start, end) === 0) return reason;
    const reason = this.#reasons?.search(bytes, start, end) ?? null;
    this.#recent[this.#oldest] = { text: Buffer.from(bytes.subarray(start, end)), reason };
    this.#oldest = (this.#oldest + 1) % MAX_RECENT_REASONS;
    return reason;
  }
}

const MAX_RECENT_REASONS = 4;

/** The scanner's memory that the engine uses, too, also after it grew. */
class SharedMemory implements ScannerMemory {
  readonly #memory: () => Memory;
  readonly settled: ScannerRequests;
  readonly watched: ScannerClients;

  constructor(exports: ScannerExports, memory: () => Memory) {
    this.#memory = memory;
    this.settled = new ScannerRequests(exports, () => memory().engine);
    this.watched = new ScannerClients(exports, () => memory().engine);
  }

  get successes(): Float64Array {
    return this.#memory().successMemory.successes;
  }

  get before(): Uint32Array {
    return this.#memory().successMemory.before;
  }

  get buckets(): Uint32Array {
    return this.#memory().successMemory.buckets;
  }

  get count(): Float64Array {
    return this.#memory().successMemory.count;
  }

  get followed(): Uint8Array {
    return this.#memory().successMemory.followed;
  }
}

/** Typed views of the scanner's memory; created again when the memory grows. */
class Memory {
  readonly bytes: Buffer;
  readonly numbers: Float64Array;
  readonly flags: Int32Array;
  readonly columns: Int32Array;
  readonly atMs: Float64Array;
  readonly clients: Float64Array;
  readonly starts: Uint32Array;
  readonly urlCodes: Uint8Array;
  readonly schemes: Uint8Array;
  readonly devices: Uint8Array;
  readonly statuses: Uint16Array;
  readonly backEndStatuses: Uint16Array;
  readonly requests: Float64Array;
  readonly agents: Float64Array;
  readonly ids: Float64Array;
  readonly subStatuses: Float64Array;
  readonly win32Statuses: Float64Array;
  readonly targets: Uint32Array;
  readonly reasons: Uint32Array;
  readonly fullRows: Omit<FullRowColumns, "schema" | "reasonOf">;
  readonly poolKeys: Float64Array;
  readonly keptNumbers: Float64Array;
  readonly keptFlags: Int32Array;
  readonly notes: Float64Array;
  readonly successesBefore: Float64Array;
  readonly successMemory: SuccessMemory;
  readonly engine: EngineMemory;

  constructor(buffer: ArrayBuffer) {
    this.bytes = Buffer.from(buffer);
    this.engine = new EngineMemory(buffer);
    this.numbers = new Float64Array(buffer, NUMBERS, NUMBER_COUNT);
    this.flags = new Int32Array(buffer, FLAGS, KNOWS_MARKS + 1);
    this.columns = new Int32Array(buffer, COLUMNS, SLOTS);
    this.atMs = new Float64Array(buffer, ROW_AT, MAX_ROWS);
    this.clients = new Float64Array(buffer, ROW_CLIENT, MAX_ROWS);
    this.starts = new Uint32Array(buffer, ROW_START, MAX_ROWS);
    this.urlCodes = new Uint8Array(buffer, ROW_URL_CODE, MAX_ROWS);
    this.schemes = new Uint8Array(buffer, ROW_SCHEME, MAX_ROWS);
    this.devices = new Uint8Array(buffer, ROW_DEVICE, MAX_ROWS);
    this.statuses = new Uint16Array(buffer, ROW_STATUS, MAX_ROWS);
    this.backEndStatuses = new Uint16Array(buffer, ROW_BACK_END_STATUS, MAX_ROWS);
    this.requests = new Float64Array(buffer, ROW_REQUEST, MAX_ROWS);
    this.agents = new Float64Array(buffer, ROW_AGENT, MAX_ROWS);
    this.ids = new Float64Array(buffer, ROW_IDS, MAX_ROWS);
    this.subStatuses = new Float64Array(buffer, ROW_SUB_STATUS, MAX_ROWS);
    this.win32Statuses = new Float64Array(buffer, ROW_WIN32_STATUS, MAX_ROWS);
    this.targets = new Uint32Array(buffer, ROW_TARGET, 2 * MAX_ROWS);
    this.reasons = new Uint32Array(buffer, ROW_REASON, 2 * MAX_ROWS);
    this.poolKeys = new Float64Array(buffer, POOL_KEYS, MAX_PREFIXES);
    this.keptNumbers = new Float64Array(buffer, SUCCESS_COUNT, KEPT_NUMBERS);
    this.keptFlags = new Int32Array(buffer, KEEPS, NOTE_COUNT_AT + 1);
    this.notes = new Float64Array(buffer, NOTES, NOTE_NUMBERS);
    this.successesBefore = new Float64Array(buffer, ROW_SUCCESSES, MAX_ROWS);
    this.successMemory = {
      successes: new Float64Array(buffer, SUCCESSES, SUCCESS_COUNT_MOST * SUCCESS_COLUMNS),
      before: new Uint32Array(buffer, BEFORE, SUCCESS_COUNT_MOST),
      buckets: new Uint32Array(buffer, BUCKETS, BUCKET_COUNT),
      count: new Float64Array(buffer, SUCCESS_COUNT, 1),
      followed: new Uint8Array(buffer, FOLLOWED, FOLLOWED_SLOTS),
    };
    this.fullRows = {
      statuses: this.statuses,
      subStatuses: this.subStatuses,
      win32Statuses: this.win32Statuses,
      requestKeys: this.requests,
      userAgentKeys: this.agents,
      idsKeys: this.ids,
      devices: this.devices,
      backEndStatuses: this.backEndStatuses,
    };
  }
}

/** The scanner writes -1 for a number that the row does not have. */
function knownNumber(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}

/** The folder gives the protocol; the URL decides between several app pools of one protocol. */
function servedUrlIn(folder: Protocol, { protocol, frontEndPool }: UrlRoute): ScannedUrl {
  return {
    protocol: folder,
    appPool: protocol === folder && folder !== "other" ? frontEndPool : FRONT_END_POOL[folder],
  };
}

/**
 * Writes lookup tables for the first three letters of the marks, by the low and high 4 bits of the letter. A byte has 8
 * bits, so mark n and mark n + 8 share one.
 */
function writeMarkLetters(memory: Uint8Array, marks: readonly string[]): void {
  for (const [index, mark] of marks.entries()) {
    if (mark.length < MARK_LETTERS_USED)
      throw new Error(`Cannot scan for the mark "${mark}": ${MARK_LETTERS_USED} letters are needed`);
    for (let urlCode = 0; urlCode < MARK_LETTERS_USED; urlCode++) {
      for (const letter of [mark.toLowerCase(), mark.toUpperCase()]) {
        const code = letter.charCodeAt(urlCode);
        const [lower, upper] = [
          MARK_LETTERS + 32 * urlCode + (code & 15),
          MARK_LETTERS + 32 * urlCode + 16 + (code >> 4),
        ];
        memory[lower] = (memory[lower] ?? 0) | (1 << (index % 8));
        memory[upper] = (memory[upper] ?? 0) | (1 << (index % 8));
      }
    }
  }
}

function writeSchemes(memory: Uint8Array): void {
  const list = SCHEME_NAMES.flatMap(({ name, scheme, isPrefix }) => [
    name.length,
    SCHEMES.indexOf(scheme) + (isPrefix ? SCHEME_IS_PREFIX : 0),
    ...name,
  ]);
  if (list.length >= SCHEME_BYTES)
    throw new Error(
      `Cannot scan for ${SCHEME_NAMES.length} schemes: they take ${list.length} bytes, ${SCHEME_BYTES - 1} at most are possible`,
    );
  memory.set(list, SCHEME_LIST);
  memory[SCHEME_NONE] = SCHEMES.indexOf(SCHEME_OF_NOTHING);
  memory[SCHEME_OTHER] = SCHEMES.indexOf(SCHEME_OF_OTHERS);
}

function writeLiterals(memory: Uint8Array, at: number, texts: readonly string[]): void {
  const list = texts.flatMap((text) => [text.length, ...literal(text)]);
  if (list.length >= LITERAL_BYTES)
    throw new Error(
      `Cannot scan for ${texts.length} texts: they take ${list.length} bytes, ${LITERAL_BYTES - 1} at most are possible`,
    );
  memory.set(list, at);
}

function writePrefixes(memory: Uint8Array): void {
  let index = 0;
  for (let letter = 0; letter < 256; letter++) {
    const known = URL_PREFIXES.filter(({ prefix }) => prefix[1] === letter);
    memory[PREFIXES_OF_LETTER + 2 * letter] = index;
    memory[PREFIXES_OF_LETTER + 2 * letter + 1] = known.length;
    for (const { prefix, route } of known) {
      if (index === MAX_PREFIXES || prefix.length > PREFIX_BYTES)
        throw new Error(`Cannot scan for the URL prefix "${String(prefix)}": it is too long, or one too many`);
      memory.set(prefix, PREFIX_TEXTS + PREFIX_BYTES * index);
      memory[PREFIX_LENGTHS + index] = prefix.length;
      memory[PREFIX_ROUTES + index] = routeIndex(route);
      index += 1;
    }
  }
}

function routeIndex(route: UrlRoute): number {
  return URL_ROUTES.indexOf(route);
}
