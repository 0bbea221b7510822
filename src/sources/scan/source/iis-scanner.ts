/**
 * Scans lines of an IIS W3C log, an HttpProxy log, or a CSV log of the back end (Ews, MapiHttp) in steps of 16 bytes.
 * It stops before a line that it cannot classify with certainty and leaves that line to its caller,
 * `../iis-scanner.ts`. `npm run scanner` compiles this file (AssemblyScript) into `../iis-scanner-wasm.ts`. It holds no
 * knowledge of its own: the caller writes prefixes, marks and column numbers into its memory.
 */
import {
  CLIENT_TEXTS,
  FIELDS_READ,
  FOUND,
  HAS_COMPLETED,
  KIND_BYTES,
  KIND_COUNT,
  KIND_RUNS,
  KIND_SLOTS,
  KINDS,
  LOOK_BACK_MS,
  MAX_REQUESTS,
  MAX_UNQUOTED,
  OTHER_IDS,
  OTHER_REQUESTS,
  ROW_REASON,
  SERVED_FIELDS,
  SERVER,
  SETTLED_SIZE,
  TEXTS,
  TEXTS_END,
  UNQUOTED,
  WATCHES,
} from "./memory";
import { addSettled, hasRoomForSettled, serverOfSettled, settledSlotOf } from "./settled-requests";
import { addAttempt, awaitEngine, describeWatched, endPending, isPending, watch, watchedIndexOf } from "./watched-clients";

export { expireSettled } from "./settled-requests";
export { earliestRefusal, finaliseWatched, forgetWatched, listAttempts, watchedIndexOf } from "./watched-clients";

// Memory layout, shared with ../iis-scanner.ts. Byte addresses.
// @ts-ignore: decorator
@inline const SINCE: usize = 1024;
// @ts-ignore: decorator
@inline const UNTIL: usize = 1032;
// @ts-ignore: decorator
@inline const HORIZON: usize = 1040;
/** Results of a call. */
// @ts-ignore: decorator
@inline const COUNTED_LINES: usize = 1048;
// @ts-ignore: decorator
@inline const COUNTED_BYTES: usize = 1056;
// @ts-ignore: decorator
@inline const NOISE_LINES: usize = 1064;
// @ts-ignore: decorator
@inline const NOISE_BYTES: usize = 1072;
// @ts-ignore: decorator
@inline const LAST_AT: usize = 1080;
// @ts-ignore: decorator
@inline const NEWEST_AT: usize = 1088;
// @ts-ignore: decorator
@inline const FIRST_ROW_AT: usize = 1096;
// @ts-ignore: decorator
@inline const NEWEST_ROW_AT: usize = 1104;
/**
 * Why the call ended. 0: no further whole line. 1: the next line is left to the caller. 2: the list of rows is full. 3:
 * the next row is later than HORIZON, and AHEAD_AT holds its time.
 */
// @ts-ignore: decorator
@inline const STOPPED_BECAUSE: usize = 1112;
// @ts-ignore: decorator
@inline const ROW_COUNT: usize = 1116;
// @ts-ignore: decorator
@inline const AHEAD_AT: usize = 1144;
/**
 * 1: log of the back end, unless the row's port says otherwise. Back-end rows are only counted, except those that may
 * carry a reason: they are left to the caller.
 */
// @ts-ignore: decorator
@inline const IS_BACK_END: usize = 1120;
/** Number of fields that a line must have. */
// @ts-ignore: decorator
@inline const FIELDS_WANTED: usize = 1124;
/** Longer lines (bytes) are left to the caller. */
// @ts-ignore: decorator
@inline const MAX_LINE_BYTES: usize = 1128;
/** 1: rows of this log are classified. 0: only its noise is, and all other rows are left to the caller. */
// @ts-ignore: decorator
@inline const TAKES_ROWS: usize = 1132;
/** 1: a text without any of MARKS holds no reason. 0: the marks are unknown, so any text may hold one. */
// @ts-ignore: decorator
@inline const KNOWS_MARKS: usize = 1136;
/** Column number of each slot, i32; -1 when the log does not have the column. */
// @ts-ignore: decorator
@inline const COLUMNS: usize = 1152;
/** 1: ask the caller whether an address or a user agent is noise. */
// @ts-ignore: decorator
@inline const ASKS_ADDRESSES: usize = 1248;
// @ts-ignore: decorator
@inline const ASKS_AGENTS: usize = 1252;
/**
 * Worker process of the back end's rows (f64 each): its id, 0 when none is known; the time of its first row, which the caller took; and the
 * time of its newest row counted in the call. A row of another process, or an older one, is left to the caller.
 */
// @ts-ignore: decorator
@inline const PROCESS: usize = 1256;
// @ts-ignore: decorator
@inline const PROCESS_FIRST_AT: usize = 1264;
// @ts-ignore: decorator
@inline const PROCESS_LAST_AT: usize = 1272;
/** URL endings in the format of PROBE_AGENTS. A URL with such an ending takes no Bearer token. */
// @ts-ignore: decorator
@inline const NEVER_BEARER: usize = 1280;
/** The last day parsed: its ten bytes, and its start in Unix ms. */
// @ts-ignore: decorator
@inline const DAY_BYTES: usize = 1216;
// @ts-ignore: decorator
@inline const DAY_MS: usize = 1232;
/**
 * Addresses of the line's separators (blanks or commas), u32 each. The first entry is the byte before the line, the
 * last one the end of the row.
 */
// @ts-ignore: decorator
@inline const BLANKS: usize = 2048;
// @ts-ignore: decorator
@inline const MAX_BLANKS: usize = 250;
/** Literals: u8 length, then the bytes in lower case. A length of 0 ends each list. */
// @ts-ignore: decorator
@inline const PROBE_AGENTS: usize = 3072;
// @ts-ignore: decorator
@inline const PROBE_USERS: usize = 3328;
// @ts-ignore: decorator
@inline const PROBE_PAGES: usize = 3584;
/** Schemes: u8 length, u8 scheme code (plus IS_PREFIX), then the name in lower case. A length of 0 ends the list. */
// @ts-ignore: decorator
@inline const SCHEMES: usize = 3840;
// @ts-ignore: decorator
@inline const IS_PREFIX: u32 = 128;
/** Codes of an empty scheme field, and of a name that is not in SCHEMES. */
// @ts-ignore: decorator
@inline const SCHEME_NONE: usize = 4092;
// @ts-ignore: decorator
@inline const SCHEME_OTHER: usize = 4093;
/** For each letter after the slash: index of its first prefix and number of its prefixes, u8 each. */
// @ts-ignore: decorator
@inline const PREFIXES_OF_LETTER: usize = 4096;
/** Prefixes of 32 bytes, padded with zeros; their lengths and URL codes, u8 each. */
// @ts-ignore: decorator
@inline const PREFIX_TEXTS: usize = 5120;
// @ts-ignore: decorator
@inline const PREFIX_LENGTHS: usize = 7168;
// @ts-ignore: decorator
@inline const PREFIX_PLACES: usize = 7232;
/** For each URL code: 1 when a served row is complete without any other log. */
// @ts-ignore: decorator
@inline const PLAIN_PLACES: usize = 7296;
// @ts-ignore: decorator
@inline const PLACE_ROOT: i32 = 0;
// @ts-ignore: decorator
@inline const PLACE_ELSEWHERE: i32 = 1;
/** Literals in the format of PROBE_AGENTS. */
// @ts-ignore: decorator
@inline const MARKS: usize = 7424;
/**
 * Lookup tables for the first three letters of the marks, upper and lower case. For each letter: 16 bytes indexed by
 * its low 4 bits, then 16 bytes indexed by its high 4 bits. Each mark has a bit; mark n and mark n + 8 share one.
 */
// @ts-ignore: decorator
@inline const MARK_LETTERS: usize = 7680;
/** Cache of URL stems: text of up to 48 bytes, filled up with zeros; length and answer of `classOfStem` (u32 each). */
// @ts-ignore: decorator
@inline const STEMS: usize = 57344;
// @ts-ignore: decorator
@inline const STEM_BYTES: usize = 64;
// @ts-ignore: decorator
@inline const MAX_STEM_LENGTH: usize = 48;
/** Bits beside the URL code: the page of a health probe; a URL that takes no Bearer token. */
// @ts-ignore: decorator
@inline const IS_PROBE_PAGE: i32 = 256;
// @ts-ignore: decorator
@inline const IS_NEVER_BEARER: i32 = 512;
/** Cache of user agents: length and answer (u32), key (u64), text of up to 240 bytes. Few agents write most rows. */
// @ts-ignore: decorator
@inline const AGENTS: usize = 65536;
// @ts-ignore: decorator
@inline const AGENT_BYTES: usize = 256;
// @ts-ignore: decorator
@inline const MAX_AGENT_LENGTH: usize = 240;
/** Cache of addresses, for the answers of the caller: text of up to 16 bytes, padded with zeros, length and answer (u32 each). */
// @ts-ignore: decorator
@inline const ADDRESSES: usize = 131072;
// @ts-ignore: decorator
@inline const ADDRESS_BYTES: usize = 32;
/**
 * The rows found: time, client key (address key in a full row), offset in the input, URL code with the bits below,
 * scheme.
 */
// @ts-ignore: decorator
@inline const MAX_ROWS: i32 = 1024;
// @ts-ignore: decorator
@inline const ROW_AT: usize = 16384;
// @ts-ignore: decorator
@inline const ROW_CLIENT: usize = 24576;
// @ts-ignore: decorator
@inline const ROW_START: usize = 32768;
// @ts-ignore: decorator
@inline const ROW_PLACE: usize = 36864;
// @ts-ignore: decorator
@inline const ROW_SCHEME: usize = 37888;
// @ts-ignore: decorator
@inline const HAS_USER: i32 = 128;
/** The row is a full row: the columns below hold values for it as well. */
// @ts-ignore: decorator
@inline const HAS_FULL_ROW: i32 = 64;
// @ts-ignore: decorator
@inline const ROW_STATUS: usize = 38912;
// @ts-ignore: decorator
@inline const ROW_BACK_END_STATUS: usize = 40960;
/** 1: the query of the row has a DeviceId. */
// @ts-ignore: decorator
@inline const ROW_DEVICE: usize = 43008;
// @ts-ignore: decorator
@inline const ROW_REQUEST: usize = 196608;
// @ts-ignore: decorator
@inline const ROW_AGENT: usize = 204800;
// @ts-ignore: decorator
@inline const ROW_IDS: usize = 212992;
// @ts-ignore: decorator
@inline const ROW_SUB_STATUS: usize = 221184;
// @ts-ignore: decorator
@inline const ROW_WIN32_STATUS: usize = 229376;
/** Start and end of the field with the name of the other server, u32 each. */
// @ts-ignore: decorator
@inline const ROW_TARGET: usize = 237568;

/** Of each full row: number of successes kept before it (f64). */
// @ts-ignore: decorator
@inline const ROW_SUCCESSES: usize = 245760;
/** Served rows are kept here, and only those of followed clients are listed. Of each URL code: key of its app pool (f64). */
// @ts-ignore: decorator
@inline const POOL_KEYS: usize = 253952;
/** Number of successes kept so far (f64). */
// @ts-ignore: decorator
@inline const SUCCESS_COUNT: usize = 254464;
/** 1: served rows are kept. */
// @ts-ignore: decorator
@inline const KEEPS: usize = 254472;
// @ts-ignore: decorator
@inline const NOTE_COUNT: usize = 254476;
/** Key of the file, and offset in it at which the call begins (f64). */
// @ts-ignore: decorator
@inline const FILE_KEY: usize = 254480;
// @ts-ignore: decorator
@inline const FILE_OFFSET: usize = 254488;
/** Of each URL code, HAS_USER included: first and last time of the current run of served rows, its end, and their number (f64 each). */
// @ts-ignore: decorator
@inline const RUNS: usize = 254976;
// @ts-ignore: decorator
@inline const RUN_CODES: i32 = 256;
/** The runs found: URL code, number of rows, first and last time (f64 each). Those of all codes fit behind MAX_NOTES. */
// @ts-ignore: decorator
@inline const NOTES: usize = 263168;
// @ts-ignore: decorator
@inline const MAX_NOTES: i32 = 960;
/** Length of a run, ms. A row at a full minute is in a run of its own: a history counts it with the minute before. */
// @ts-ignore: decorator
@inline const RUN_MS: f64 = 10000;
// @ts-ignore: decorator
@inline const MINUTE_MS: f64 = 60000;
/** A byte for each value of the low 16 bits of a client's key: not 0 when such a client is followed. */
// @ts-ignore: decorator
@inline const FOLLOWED: usize = 304128;
/** For each value of the low 18 bits of a client's key: number of the last success, counted from 1 (u32). */
// @ts-ignore: decorator
@inline const BUCKETS: usize = 369664;
// @ts-ignore: decorator
@inline const BUCKET_MASK: u32 = 262143;
/** The last successes: the number of the one before in the same bucket (u32), and key of the client, time, file key, offset (f64 each). */
// @ts-ignore: decorator
@inline const BEFORE: usize = 1418240;
// @ts-ignore: decorator
@inline const SUCCESSES: usize = 2532352;
// @ts-ignore: decorator
@inline const MAX_SUCCESSES: usize = 278528;
/** Most rows that one call keeps: so many successes are kept longer than they are asked for. */
// @ts-ignore: decorator
@inline const MAX_KEPT: i32 = 8192;

// Constants of 16 bytes. They are read from memory: V8 takes three instructions to make one from its number.
const ALL_00 = memory.data<u8>([0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00]);
const ALL_02 = memory.data<u8>([0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02]);
const ALL_0A = memory.data<u8>([0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a]);
const ALL_0B = memory.data<u8>([0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b]);
const ALL_0F = memory.data<u8>([0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f]);
const ALL_1A = memory.data<u8>([0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a, 0x1a]);
const ALL_20 = memory.data<u8>([0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20]);
const ALL_22 = memory.data<u8>([0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22, 0x22]);
const ALL_25 = memory.data<u8>([0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25, 0x25]);
const ALL_26 = memory.data<u8>([0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26, 0x26]);
const ALL_2B = memory.data<u8>([0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b, 0x2b]);
const ALL_2C = memory.data<u8>([0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c, 0x2c]);
const ALL_2E = memory.data<u8>([0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e]);
const ALL_3A = memory.data<u8>([0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a, 0x3a]);
const ALL_3B = memory.data<u8>([0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b, 0x3b]);
const ALL_3D = memory.data<u8>([0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d, 0x3d]);
const ALL_41 = memory.data<u8>([0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41]);
const ALL_5D = memory.data<u8>([0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d, 0x5d]);
/** 48 times 255, then 48 times 0. */
const FIRST_BYTES = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
/** Numbers of the text key, as in src/model/text-key.ts. */
const KEY_SEED = memory.data<u32>([0x9e3779b9, 0x7f4a7c15, 0x27d4eb2f, 0x165667b1]);
const KEY_PRIME = memory.data<u32>([0x85ebca6b, 0x85ebca6b, 0x85ebca6b, 0x85ebca6b]);
const KEY_LOW = memory.data<u32>([0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]);
const KEY_HIGH = memory.data<u32>([0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09]);

// Slots, as in iis-w3c.ts.
// @ts-ignore: decorator
@inline const DATE: i32 = 0;
// @ts-ignore: decorator
@inline const TIME: i32 = 1;
// @ts-ignore: decorator
@inline const STATUS: i32 = 2;
// @ts-ignore: decorator
@inline const STEM: i32 = 3;
// @ts-ignore: decorator
@inline const QUERY: i32 = 4;
// @ts-ignore: decorator
@inline const USER: i32 = 5;
// @ts-ignore: decorator
@inline const IP: i32 = 6;
// @ts-ignore: decorator
@inline const AGENT: i32 = 7;
// @ts-ignore: decorator
@inline const SUB_STATUS: i32 = 8;
// @ts-ignore: decorator
@inline const WIN32_STATUS: i32 = 9;
// @ts-ignore: decorator
@inline const DIAGNOSTICS: i32 = 10;
// @ts-ignore: decorator
@inline const FORWARDED_FOR: i32 = 11;
// @ts-ignore: decorator
@inline const PORT: i32 = 12;
// @ts-ignore: decorator
@inline const FAILURE_CONTEXT: i32 = 13;

// Slots, as in http-proxy.ts.
// @ts-ignore: decorator
@inline const PROXY_TIME: i32 = 0;
// @ts-ignore: decorator
@inline const PROXY_STATUS: i32 = 1;
// @ts-ignore: decorator
@inline const PROXY_REQUEST: i32 = 2;
// @ts-ignore: decorator
@inline const PROXY_STEM: i32 = 4;
// @ts-ignore: decorator
@inline const PROXY_QUERY: i32 = 5;
// @ts-ignore: decorator
@inline const PROXY_SCHEME: i32 = 6;
// @ts-ignore: decorator
@inline const PROXY_USER: i32 = 7;
// @ts-ignore: decorator
@inline const PROXY_MAILBOX: i32 = 8;
// @ts-ignore: decorator
@inline const PROXY_AGENT: i32 = 9;
// @ts-ignore: decorator
@inline const PROXY_IP: i32 = 10;
// @ts-ignore: decorator
@inline const PROXY_BACK_END_STATUS: i32 = 11;
// @ts-ignore: decorator
@inline const PROXY_TARGET: i32 = 12;

// Slots of the back end's CSV logs, as in ../iis-scanner.ts. The users are up to five columns.
// @ts-ignore: decorator
@inline const BACK_STATUS: i32 = 1;
// @ts-ignore: decorator
@inline const BACK_IP: i32 = 2;
// @ts-ignore: decorator
@inline const BACK_PROCESS: i32 = 3;
/** Columns that may hold a health probe's agent: three. */
// @ts-ignore: decorator
@inline const BACK_AGENTS: i32 = 4;
// @ts-ignore: decorator
@inline const BACK_USERS: i32 = 7;
// @ts-ignore: decorator
@inline const BACK_END: i32 = 12;

// Kinds of lines.
// @ts-ignore: decorator
@inline const FOR_CALLER: i32 = -1;
// @ts-ignore: decorator
@inline const NOISE: i32 = -2;
// @ts-ignore: decorator
@inline const COUNTED: i32 = -3;

/** 0: the row is kept, and not listed. Not asked before the row is written, because a processor cannot predict it. */
let isListed: i32 = 1;
/** Rows that may still be kept in this call. */
let keepsLeft: i32 = MAX_KEPT;
/** Where the call began, and where the current line begins. */
let scanFrom: usize = 0;
let lineStart: usize = 0;

/** Imports: the caller answers for the text `[start, end)`. */
// @ts-ignore: decorator
@external("noise", "isAddress")
declare function isNoiseAddress(start: usize, end: usize): i32;
// @ts-ignore: decorator
@external("noise", "isAgent")
declare function isNoiseAgent(start: usize, end: usize): i32;

/** Set when something in the current line is left to the caller. */
let isDoubtful: bool = false;
let clockBytes: u64 = 0;
let clockMs: f64 = 0;
let lineAtMs: f64 = 0;
/** The time of the current line is later than HORIZON. */
let isAhead: bool = false;

/**
 * Scans the whole lines of `[from, end)` of an IIS log. Returns where it stopped: the start of the first line that it
 * left, or `end`. 80 bytes after `end` must be readable.
 */
export function scanIis(from: usize, end: usize): usize {
  return scanLines(from, end, IIS);
}

/** Like `scanIis`, for an HttpProxy log. */
export function scanHttpProxy(from: usize, end: usize): usize {
  return scanLines(from, end, HTTP_PROXY);
}

/** Like `scanIis`, for a CSV log of the back end. */
export function scanBackEnd(from: usize, end: usize): usize {
  return scanLines(from, end, BACK_END_CSV);
}

/**
 * Takes `count` rows, at most MAX_ROWS, that a scanner with a memory of its own has listed, as if this one had just scanned them: keeps
 * what it can and lists the others. Columns at `from`, side by side: time and client (f64 each), start (u32) and URL code (u8), both filled
 * up to 8 bytes; then FULL_ROW_NUMBERS numbers (f64) of each full row. Begins with the row `first`, which is 0 or where the last call
 * stopped. Returns where it stopped: at `count`, or where no more rows can be kept before the caller has taken those so far.
 */
export function replayIis(from: usize, count: usize, first: usize): usize {
  const starts = from + (count << 4);
  const codes = starts + (((count + 1) >> 1) << 3);
  let full = first == 0 ? codes + (((count + 7) >> 3) << 3) : nextFullRow;
  isAhead = false;
  scanFrom = 0;
  keepsLeft = MAX_KEPT;
  beginSuccesses();
  let index = first;
  for (; index < count && keepsLeft > 0; index++) {
    const row = <usize>load<i32>(ROW_COUNT);
    const code = <i32>load<u8>(codes + index);
    const client = load<f64>(from + ((count + index) << 3));
    lineAtMs = load<f64>(from + (index << 3));
    lineStart = <usize>load<u32>(starts + (index << 2));
    store<f64>(ROW_AT + (row << 3), lineAtMs);
    store<u32>(ROW_START + (row << 2), <u32>lineStart);
    store<u8>(ROW_PLACE + row, <u8>code);
    if ((code & HAS_FULL_ROW) == 0) {
      keep(code & ~HAS_USER, code & HAS_USER, <u64>client);
    } else {
      takeListed(row, full, client);
      full += FULL_ROW_NUMBERS << 3;
    }
    store<i32>(ROW_COUNT, <i32>row + isListed);
    isListed = 1;
  }
  nextFullRow = full;
  endSuccesses();
  return index;
}

let nextFullRow: usize = 0;

/** Takes the listed row with the numbers at `full`: lists it, or sets `isListed` to 0 when nothing else has to take it. */
// @ts-ignore: decorator
@inline
function takeListed(row: usize, full: usize, address: f64): void {
  const status = <i32>load<f64>(full);
  const agent = load<f64>(full, 32);
  const ids = load<f64>(full, 40);
  subStatus = load<f64>(full, 8);
  win32Status = load<f64>(full, 16);
  requestKey = <u64>load<f64>(full, 24);
  deviceId = <u64>load<f64>(full, 48);
  if (load<i32>(WATCHES) != 0) {
    const code = <i32>load<u8>(ROW_PLACE + row) & ~HAS_FULL_ROW;
    if (takeUnserved(status, code, <u64>address, <u64>agent, <u64>ids)) {
      isListed = 0;
      return;
    }
  }
  store<f64>(ROW_SUCCESSES + (row << 3), <f64>successCount);
  store<f64>(ROW_REQUEST + (row << 3), <f64><i64>requestKey);
  store<f64>(ROW_SUB_STATUS + (row << 3), subStatus);
  store<f64>(ROW_WIN32_STATUS + (row << 3), win32Status);
  tell(row, status, <u64>address, <u64>agent, <u64>ids);
}

/** Numbers of a full row: status, substatus, Win32 status, keys of request, user agent and ids, and whether it names a device. */
// @ts-ignore: decorator
@inline const FULL_ROW_NUMBERS: usize = 7;

// Kinds of logs.
// @ts-ignore: decorator
@inline const IIS: i32 = 0;
// @ts-ignore: decorator
@inline const HTTP_PROXY: i32 = 1;
// @ts-ignore: decorator
@inline const BACK_END_CSV: i32 = 2;


// @ts-ignore: decorator
@inline
function scanLines(from: usize, end: usize, log: i32): usize {
  const isCsv = log != IIS;
  const blank = v128.load(isCsv ? ALL_2C : ALL_20);
  const quote = v128.load(ALL_22);
  const lineFeed = v128.load(ALL_0A);
  let start = from;
  let because = 0;
  let countedLines: u32 = 0;
  let noiseLines: u32 = 0;
  let noiseBytes: u32 = 0;
  let firstRowAt: f64 = Infinity;
  let newestRowAt: f64 = -Infinity;
  let newestAt: f64 = -Infinity;
  let lastAt: f64 = NaN;
  scanFrom = from;
  keepsLeft = MAX_KEPT;
  textsEnd = TEXTS;
  if (!isCsv) beginSuccesses();
  while (start < end) {
    lineStart = start;
    // Find the separators of the line and its end.
    let count: usize = 1;
    store<u32>(BLANKS, <u32>start - 1);
    let at = start;
    let lineEnd: usize = 0;
    let quotes: u64 = 0;
    for (;;) {
      const ends = isCsv || hasControl(at) ? placesOf(at, lineFeed) : 0;
      const within = ends == 0 ? ~(<u64>0) : (ends & (0 - ends)) - 1;
      if (isCsv) quotes |= placesOf(at, quote) & within;
      let blanks = placesOf(at, blank) & within;
      let into = BLANKS + (count << 2);
      count += <usize>popcnt(blanks);
      // Write four at a time, which avoids mispredicted branches. Surplus entries are overwritten later.
      while (blanks != 0) {
        store<u32>(into, <u32>at + <u32>ctz(blanks));
        blanks &= blanks - 1;
        store<u32>(into, <u32>at + <u32>ctz(blanks), 4);
        blanks &= blanks - 1;
        store<u32>(into, <u32>at + <u32>ctz(blanks), 8);
        blanks &= blanks - 1;
        store<u32>(into, <u32>at + <u32>ctz(blanks), 12);
        blanks &= blanks - 1;
        into += 16;
      }
      if (ends != 0) {
        lineEnd = at + <usize>ctz(ends);
        break;
      }
      at += 64;
      if (at >= end) break;
      if (count > MAX_BLANKS - 68) break;
    }
    if (lineEnd == 0 || lineEnd >= end) {
      // A line with very many separators is left to the caller. A line without an end waits for more input.
      because = lineEnd == 0 && at < end ? 1 : 0;
      break;
    }
    const first = load<u8>(start);
    if (first < 0x30 || first > 0x39 || lineEnd - start > <usize>load<u32>(MAX_LINE_BYTES)) {
      because = 1;
      break;
    }
    const rowEnd = load<u8>(lineEnd - 1) == 0x0d ? lineEnd - 1 : lineEnd;
    store<u32>(BLANKS + (count << 2), <u32>rowEnd);
    if (isCsv) {
      isUnquoted = quotes != 0;
      if (isUnquoted) count = unquote(start, rowEnd, count);
    }
    const kind = log == IIS ? judge(<i32>count) : log == HTTP_PROXY ? judgeProxied(<i32>count) : judgeBackEnd(<i32>count);
    if (kind == FOR_CALLER) {
      because = 1;
      break;
    }
    if (isAhead) {
      store<f64>(AHEAD_AT, lineAtMs);
      because = 3;
      break;
    }
    const next = lineEnd + 1;
    if (kind == NOISE) {
      noiseLines += 1;
      noiseBytes += <u32>(next - start);
    } else {
      countedLines += 1;
      if (lineAtMs < firstRowAt) firstRowAt = lineAtMs;
      if (lineAtMs > newestRowAt) newestRowAt = lineAtMs;
    }
    lastAt = lineAtMs;
    if (lineAtMs > newestAt) newestAt = lineAtMs;
    if (kind >= 0) {
      const row = <usize>load<i32>(ROW_COUNT);
      store<f64>(ROW_AT + (row << 3), lineAtMs);
      store<u32>(ROW_START + (row << 2), <u32>(start - from));
      store<u8>(ROW_PLACE + row, <u8>kind);
      const rows = <i32>row + isListed;
      isListed = 1;
      store<i32>(ROW_COUNT, rows);
      start = next;
      if (rows == MAX_ROWS) {
        because = 2;
        break;
      }
    } else {
      start = next;
    }
    if (!isCsv && keepsLeft <= 0) {
      because = 2;
      break;
    }
  }
  if (!isCsv) endSuccesses();
  store<f64>(COUNTED_LINES, <f64>countedLines);
  store<f64>(COUNTED_BYTES, <f64>(<u32>(start - from) - noiseBytes));
  store<f64>(NOISE_LINES, <f64>noiseLines);
  store<f64>(NOISE_BYTES, <f64>noiseBytes);
  store<f64>(LAST_AT, lastAt);
  store<f64>(NEWEST_AT, newestAt);
  store<f64>(FIRST_ROW_AT, firstRowAt);
  store<f64>(NEWEST_ROW_AT, newestRowAt);
  store<i32>(STOPPED_BECAUSE, because);
  return start;
}

/** The current row had quotes: its fields are in UNQUOTED. */
let isUnquoted: bool = false;
/** End of the texts in TEXTS. */
let textsEnd: usize = TEXTS;

/**
 * Copies a row with quotes to UNQUOTED, without them, and writes its separators there, as `splitQuotedRow()` of ../text/split-row.ts does.
 * `fields`: their number when quotes are letters. Returns their number; 0 when the row is left to the caller.
 */
function unquote(start: usize, end: usize, fields: usize): usize {
  const fieldsRead = <usize>load<i32>(FIELDS_READ);
  // Quotes behind the last field that is read are letters.
  const readEnd = fields < fieldsRead ? end : <usize>load<u32>(BLANKS + (fieldsRead << 2));
  if (end - start > MAX_UNQUOTED) return 0;
  store<u32>(BLANKS, <u32>UNQUOTED - 1);
  let count: usize = 1;
  let to = UNQUOTED;
  let field = to;
  // The text from here on is not copied yet.
  let from = start;
  let isQuoted = false;
  let hasQuotes = false;
  const quote = v128.load(ALL_22);
  const comma = v128.load(ALL_2C);
  for (let block = start; block < end; block += 64) {
    const quotes = placesOf(block, quote) & manyBitsOf(end - block);
    const commas = placesOf(block, comma) & manyBitsOf(end - block);
    let marks = isQuoted ? quotes : quotes | commas;
    while (marks != 0) {
      const bit = marks & (0 - marks);
      marks ^= bit;
      const at = block + <usize>ctz(bit);
      // The second one of two quotes.
      if (at < from) continue;
      if ((commas & bit) != 0) {
        if (count > MAX_BLANKS) return 0;
        copyText(to, from, at + 1 - from);
        to += at + 1 - from;
        from = at + 1;
        store<u32>(BLANKS + (count << 2), <u32>to - 1);
        count += 1;
        field = to;
        continue;
      }
      if (!hasQuotes) {
        if (at >= readEnd) return 0;
        hasQuotes = true;
      }
      if (isQuoted) {
        const isTwice = at + 1 < end && load<u8>(at + 1) == 0x22;
        const length = isTwice ? at + 1 - from : at - from;
        copyText(to, from, length);
        to += length;
        from = isTwice ? at + 2 : at + 1;
        if (isTwice) continue;
        isQuoted = false;
        // From here on commas are separators.
        marks = (quotes | commas) & ~(bit | (bit - 1));
      } else if (to == field && from == at && (at == start || load<u8>(at - 1) == 0x2c)) {
        isQuoted = true;
        from = at + 1;
        marks &= quotes;
      }
    }
  }
  copyText(to, from, end - from);
  to += end - from;
  store<u32>(BLANKS + (count << 2), <u32>to);
  return isQuoted ? 0 : count;
}

/** Copies a text, and up to 15 bytes behind it. */
// @ts-ignore: decorator
@inline
function copyText(to: usize, from: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Where the caller finds a text of the current row after the call; 0 when there is no room for it. */
function keptText(start: usize, end: usize): usize {
  if (!isUnquoted || end <= start) return start;
  const at = textsEnd;
  if (at + (end - start) > TEXTS_END) return 0;
  memory.copy(at, start, end - start);
  textsEnd = at + (end - start);
  return at;
}

let reasonStart: usize = 0;
let reasonEnd: usize = 0;

/** Finds the only text of the row, outside of the client's columns, that may hold a reason. False when there are several. */
function locateReason(fields: i32): bool {
  reasonStart = 0;
  reasonEnd = 0;
  let from = startOf(0);
  const texts = <usize>load<u8>(CLIENT_TEXTS);
  for (let index: usize = 0; index <= texts; index++) {
    const column = index == texts ? fields - 1 : <i32>load<u8>(CLIENT_TEXTS + 1 + index);
    const end = index == texts ? endOf(column) : startOf(column);
    if (mayHaveReason(from, end)) {
      if (reasonEnd != 0) return false;
      reasonStart = from;
      reasonEnd = end;
    }
    from = endOf(column);
  }
  return true;
}

/** Returns a bit set of the 64 bytes from `at`: a bit is set when the byte equals `wanted`. */
// @ts-ignore: decorator
@inline
function placesOf(at: usize, wanted: v128): u64 {
  return <u64><u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted))
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted)) << 16)
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted)) << 32)
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted)) << 48);
}

/** Like `placesOf`, for a letter of any case. Other bytes may be among the places. */
// @ts-ignore: decorator
@inline
function placesOfLetter(at: usize, letter: u32): u64 {
  const wanted = i8x16.splat(<i8>(letter | 0x20));
  const small = v128.load(ALL_20);
  return <u64><u32>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at), small), wanted))
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 16), small), wanted)) << 16)
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 32), small), wanted)) << 32)
    | (<u64><u32>i8x16.bitmask(i8x16.eq(v128.or(v128.load(at, 48), small), wanted)) << 48);
}

/** True when one of the 64 bytes from `at` is a control character, as a line end is. */
// @ts-ignore: decorator
@inline
function hasControl(at: usize): bool {
  const least = i8x16.min_u(
    i8x16.min_u(v128.load(at), v128.load(at, 16)),
    i8x16.min_u(v128.load(at, 32), v128.load(at, 48)),
  );
  return v128.any_true(i8x16.sub_sat_u(v128.load(ALL_20), least));
}

// @ts-ignore: decorator
@inline
function columnOf(slot: i32): i32 {
  return load<i32>(COLUMNS + (<usize>slot << 2));
}

// @ts-ignore: decorator
@inline
function startOf(column: i32): usize {
  return <usize>load<u32>(BLANKS + (<usize>column << 2)) + 1;
}

// @ts-ignore: decorator
@inline
function endOf(column: i32): usize {
  return <usize>load<u32>(BLANKS + (<usize>column << 2) + 4);
}

/** Like `judge`, for a row of the HttpProxy log. */
function judgeProxied(fields: i32): i32 {
  if (fields < load<i32>(FIELDS_WANTED)) return FOR_CALLER;
  if (!readProxiedInstant()) return FOR_CALLER;
  if (!isStatus(columnOf(PROXY_STATUS)) || !isStatus(columnOf(PROXY_BACK_END_STATUS))) return FOR_CALLER;
  isDoubtful = false;
  const addressColumn = columnOf(PROXY_IP);
  let addressStart: usize = 0;
  let addressEnd: usize = 0;
  if (addressColumn >= 0 && !isAbsent(startOf(addressColumn), endOf(addressColumn))) {
    addressStart = startOf(addressColumn);
    addressEnd = endOfAddress(addressStart, endOf(addressColumn));
    if (isDoubtful) return FOR_CALLER;
    if (isOwnAddress(addressStart, addressEnd) || isNoiseCaller(addressStart, addressEnd))
      return hasGap(addressStart, endOf(addressColumn)) || isOurs(PROXY_AGENT) ? FOR_CALLER : NOISE;
  }
  const userColumn = columnOf(PROXY_USER);
  let hasUser = 0;
  if (userColumn >= 0) {
    if (isProbeUser(startOf(userColumn), endOf(userColumn))) return NOISE;
    if (namesUser(startOf(userColumn), endOf(userColumn))) hasUser = HAS_USER;
  }
  const mailboxColumn = columnOf(PROXY_MAILBOX);
  if (mailboxColumn >= 0 && isProbeUser(startOf(mailboxColumn), endOf(mailboxColumn))) return NOISE;
  const stemColumn = columnOf(PROXY_STEM);
  const place = stemColumn >= 0 ? stemOf(startOf(stemColumn), endOf(stemColumn)) : PLACE_ELSEWHERE;
  if (place >= IS_PROBE_PAGE) return (place & IS_PROBE_PAGE) != 0 ? NOISE : FOR_CALLER;
  let agentKey: u64 = 0;
  const agentColumn = columnOf(PROXY_AGENT);
  if (agentColumn >= 0) {
    agentKey = agentKeyOf(startOf(agentColumn), endOf(agentColumn));
    if (isAgentOfProbe) return isOurs(PROXY_AGENT) ? FOR_CALLER : NOISE;
  }
  let idsKey: u64 = 0;
  deviceId = 0;
  const queryColumn = columnOf(PROXY_QUERY);
  if (queryColumn >= 0) {
    idsKey = readQuery(startOf(queryColumn), endOf(queryColumn), true);
    if (isDoubtful) return FOR_CALLER;
    if (isProbeQuery) return NOISE;
  }
  if (load<i32>(TAKES_ROWS) == 0) return FOR_CALLER;
  const status = statusOf(columnOf(PROXY_STATUS));
  const backEndStatus = statusOf(columnOf(PROXY_BACK_END_STATUS));
  reasonStart = 0;
  reasonEnd = 0;
  if ((mayCarryReason(status) || backEndStatus == 401) && !locateReason(fields)) return FOR_CALLER;
  const row = <usize>load<i32>(ROW_COUNT);
  const schemeColumn = columnOf(PROXY_SCHEME);
  store<u8>(ROW_SCHEME + row, schemeColumn >= 0 ? schemeOf(startOf(schemeColumn), endOf(schemeColumn)) : load<u8>(SCHEME_NONE));
  const addressKey = addressKeyOf(addressStart, addressEnd);
  if (status >= 200 && status < 400 && load<u8>(PLAIN_PLACES + <usize>place) != 0) {
    // The text decides whether a token was refused.
    if (reasonEnd != 0) return FOR_CALLER;
    store<f64>(ROW_CLIENT + (row << 3), <f64><i64>clientKey(addressKey, agentKey, idsKey));
    return place | hasUser;
  }
  const requestColumn = columnOf(PROXY_REQUEST);
  store<f64>(ROW_REQUEST + (row << 3), requestColumn >= 0 ? <f64><i64>fieldKey(startOf(requestColumn), endOf(requestColumn)) : 0);
  store<u16>(ROW_BACK_END_STATUS + (row << 1), <u16>backEndStatus);
  const targetColumn = columnOf(PROXY_TARGET);
  const targetStart: usize = targetColumn >= 0 ? keptText(startOf(targetColumn), endOf(targetColumn)) : 0;
  const targetLength: usize = targetColumn >= 0 ? endOf(targetColumn) - startOf(targetColumn) : 0;
  store<u32>(ROW_TARGET + (row << 3), <u32>targetStart);
  store<u32>(ROW_TARGET + (row << 3) + 4, <u32>(targetStart + targetLength));
  const reasonAt = keptText(reasonStart, reasonEnd);
  store<u32>(ROW_REASON + (row << 3), <u32>reasonAt);
  store<u32>(ROW_REASON + (row << 3) + 4, <u32>(reasonAt + (reasonEnd - reasonStart)));
  // There is no room for its texts.
  if ((targetLength != 0 && targetStart == 0) || (reasonEnd != 0 && reasonAt == 0)) return FOR_CALLER;
  tell(row, status, addressKey, agentKey, idsKey);
  return place | hasUser | HAS_FULL_ROW;
}

/** Like `judge`, for a row of a CSV log of the back end: it is noise, counted, or left to the caller. */
function judgeBackEnd(fields: i32): i32 {
  if (fields < load<i32>(FIELDS_WANTED)) return FOR_CALLER;
  if (!readProxiedInstant()) return FOR_CALLER;
  if (!isStatus(columnOf(BACK_STATUS))) return FOR_CALLER;
  const process = processOf(columnOf(BACK_PROCESS));
  if (process < 0) return FOR_CALLER;
  isDoubtful = false;
  const isProbe = isBackEndNoise();
  if (isDoubtful) return FOR_CALLER;
  if (!isProbe && (load<i32>(TAKES_ROWS) == 0 || mayCarryReason(statusOf(columnOf(BACK_STATUS))))) return FOR_CALLER;
  // The caller takes the first row of a process. A row ahead is read again later.
  if (process != 0 && !isAhead) {
    if (process != load<f64>(PROCESS) || lineAtMs < load<f64>(PROCESS_FIRST_AT)) {
      store<f64>(PROCESS, process);
      store<f64>(PROCESS_FIRST_AT, lineAtMs);
      return FOR_CALLER;
    }
    if (lineAtMs > load<f64>(PROCESS_LAST_AT)) store<f64>(PROCESS_LAST_AT, lineAtMs);
  }
  return isProbe ? NOISE : COUNTED;
}

/** True for a row of a health probe. Sets `isDoubtful` for a field that is left to the caller. */
// @ts-ignore: decorator
@inline
function isBackEndNoise(): bool {
  const addressColumn = columnOf(BACK_IP);
  if (addressColumn >= 0 && !isAbsent(startOf(addressColumn), endOf(addressColumn))) {
    const start = startOf(addressColumn);
    const end = endOfAddress(start, endOf(addressColumn));
    if (isDoubtful) return false;
    if (isOwnAddress(start, end) || isNoiseCaller(start, end)) {
      if (hasGap(start, endOf(addressColumn))) isDoubtful = true;
      return true;
    }
  }
  for (let slot = BACK_AGENTS; slot < BACK_USERS; slot++) {
    const column = columnOf(slot);
    if (column < 0) continue;
    agentKeyOf(startOf(column), endOf(column));
    if (isAgentOfProbe) return true;
  }
  for (let slot = BACK_USERS; slot < BACK_END; slot++) {
    const column = columnOf(slot);
    if (column >= 0 && isProbeUser(startOf(column), endOf(column))) return true;
  }
  return false;
}

/** Process id of a row; 0 when the field is empty, -1 when it is left to the caller. */
// @ts-ignore: decorator
@inline
function processOf(column: i32): f64 {
  if (column < 0 || endOf(column) == startOf(column)) return 0;
  const start = startOf(column);
  const length = endOf(column) - start;
  return length > 9 || !isLongNumber(start, length) ? -1 : numberOf(column);
}

/** Key of the client. A device keeps its key at any address. */
// @ts-ignore: decorator
@inline
function clientKey(addressKey: u64, agentKey: u64, idsKey: u64): u64 {
  return combineKeys(combineKeys(deviceId == 0 ? addressKey : 0, agentKey), idsKey);
}

/**
 * Keeps a served row: counts it in the run of its URL, and writes a success of the client in that app pool. Sets `isListed`: the row must
 * be listed when its client may be followed. Returns the URL code.
 */
// @ts-ignore: decorator
@inline
function keep(place: i32, hasUser: i32, client: u64): i32 {
  keepsLeft -= 1;
  noteRow(RUNS + (<usize>(place | hasUser) << 5), place | hasUser);
  const key = combineKeys(client, <u64><i64>load<f64>(POOL_KEYS + (<usize>place << 3)));
  const slot = successSlot;
  successSlot = slot + 1 == MAX_SUCCESSES ? 0 : slot + 1;
  successCount += 1;
  const success = SUCCESSES + (slot << 5);
  store<f64>(success, <f64><i64>key);
  store<f64>(success, lineAtMs, 8);
  store<f64>(success, load<f64>(FILE_KEY), 16);
  store<f64>(success, offsetOfLine(), 24);
  store<u32>(BEFORE + (slot << 2), <u32>key & BUCKET_MASK);
  store<f64>(ROW_CLIENT + (<usize>load<i32>(ROW_COUNT) << 3), <f64><i64>key);
  const mayBeFollowed = load<u8>(FOLLOWED + (<usize>key & 0xffff)) != 0;
  isListed = mayBeFollowed && !isTakenByWatched(<f64><i64>key, <u32>load<f64>(SERVED_FIELDS + (<usize>place << 3))) ? 1 : 0;
  return place | hasUser;
}

/** Adds the row to the attempts of its client, if that is watched. Otherwise the engine takes it. */
function isTakenByWatched(key: f64, fields: u32): bool {
  const index = watchedIndexOf(key);
  if (index < 0 || isPending(index)) return false;
  if (addAttempt(index, lineAtMs, load<f64>(FILE_KEY), offsetOfLine(), fields, lineAtMs)) return true;
  awaitEngine(key);
  return false;
}

// @ts-ignore: decorator
@inline
function offsetOfLine(): f64 {
  return load<f64>(FILE_OFFSET) + <f64><i32>(lineStart - scanFrom);
}

// Fields of a kind of rows that were not served, as in src/model/logs/unserved-kind.ts.
// @ts-ignore: decorator
@inline const KIND_SUB_STATUS: usize = 8;
// @ts-ignore: decorator
@inline const KIND_WIN32_STATUS: usize = 16;
// @ts-ignore: decorator
@inline const KIND_DEVICE: usize = 24;
// @ts-ignore: decorator
@inline const KIND_POOL: usize = 32;
// @ts-ignore: decorator
@inline const KIND_FIELDS: usize = 40;
// @ts-ignore: decorator
@inline const KIND_SUCCESS_FIELDS: usize = 48;
// @ts-ignore: decorator
@inline const KIND_IS_COUNTED: usize = 56;
// @ts-ignore: decorator
@inline const KIND_IS_JOINED: usize = 64;
// @ts-ignore: decorator
@inline const KIND_CODE: usize = 72;
/** At most so many successes are found for a client that begins to be watched; one with more is left to the engine. */
// @ts-ignore: decorator
@inline const MAX_FOUND: i32 = 200;

/** Address of the kind; 0 when it is not known. */
function kindOf(name: f64, subStatus: f64, win32Status: f64, device: f64): usize {
  const mixed = (<u32>name * 31 + <u32><i32>subStatus * 7 + <u32><i64>win32Status + <u32>device) * 0x9e3779b1;
  let slot = mixed >> 24;
  // Three quarters of the slots are free.
  while (load<u8>(KIND_SLOTS + <usize>slot) != 0) {
    const kind = KINDS + (<usize>load<u8>(KIND_SLOTS + <usize>slot) - 1) * KIND_BYTES;
    if (
      load<f64>(kind) == name &&
      load<f64>(kind, KIND_SUB_STATUS) == subStatus &&
      load<f64>(kind, KIND_WIN32_STATUS) == win32Status &&
      load<f64>(kind, KIND_DEVICE) == device
    )
      return kind;
    slot = (slot + 1) & 255;
  }
  return 0;
}

/** Finds the kinds again after the caller has written other ones, 64 at most. */
export function indexKinds(): void {
  memory.fill(KIND_SLOTS, 0, 256);
  for (let index = 0; index < load<i32>(KIND_COUNT); index++) {
    const kind = KINDS + <usize>index * KIND_BYTES;
    const mixed =
      (<u32>load<f64>(kind) * 31 +
        <u32><i32>load<f64>(kind, KIND_SUB_STATUS) * 7 +
        <u32><i64>load<f64>(kind, KIND_WIN32_STATUS) +
        <u32>load<f64>(kind, KIND_DEVICE)) *
      0x9e3779b1;
    let slot = mixed >> 24;
    while (load<u8>(KIND_SLOTS + <usize>slot) != 0) slot = (slot + 1) & 255;
    store<u8>(KIND_SLOTS + <usize>slot, <u8>(index + 1));
  }
}

let subStatus: f64 = 0;
let win32Status: f64 = 0;
let requestKey: u64 = 0;

/**
 * Takes a row that was not served, as src/engine/requests/unserved-rows.ts would: counts it in the run of its kind, adds it to the attempts
 * of its client, and remembers its request. False when the engine must take the row.
 */
function takeUnserved(status: i32, code: i32, addressKey: u64, agentKey: u64, idsKey: u64): bool {
  const identity = clientKey(addressKey, agentKey, idsKey);
  const kind = kindOf(<f64>((status << 8) | code), subStatus, win32Status, deviceId == 0 ? 0 : 1);
  const pool = kind == 0 ? load<f64>(POOL_KEYS + (<usize>(code & ~HAS_USER) << 3)) : load<f64>(kind, KIND_POOL);
  const key = combineKeys(identity, <u64><i64>pool);
  if (kind != 0 && isTakenByKind(kind, <f64><i64>key, <f64><i64>identity, addressKey, agentKey, idsKey)) return true;
  awaitEngine(<f64><i64>key);
  return false;
}

function isTakenByKind(kind: usize, key: f64, identity: f64, addressKey: u64, agentKey: u64, idsKey: u64): bool {
  const isJoined = load<f64>(kind, KIND_IS_JOINED) != 0 && requestKey != 0;
  const request = <f64><i64>requestKey;
  let slot = -1;
  if (isJoined) {
    if (load<u8>(OTHER_IDS + <usize>(<u32>requestKey & 0xffff)) != 0 || load<f64>(HAS_COMPLETED) != 0) return false;
    slot = settledSlotOf(request);
    const server = slot < 0 ? -1 : serverOfSettled(slot);
    // A copy of a row that was taken before.
    if (server == <f64>load<i32>(SERVER)) return true;
    if (slot < 0 || server >= 0 || !hasRoomForSettled()) return false;
    if (load<f64>(SETTLED_SIZE) + load<f64>(OTHER_REQUESTS) >= load<f64>(MAX_REQUESTS)) return false;
  }
  let index = -1;
  if (load<u8>(FOLLOWED + <usize>(<u32><u64>key & 0xffff)) != 0) {
    index = watchedIndexOf(key);
    if (index < 0 || isPending(index)) return false;
  } else if (load<f64>(kind, KIND_IS_COUNTED) != 0) {
    index = watchRefused(kind, key, identity);
    if (index < 0) return false;
  }
  const fileKey = load<f64>(FILE_KEY);
  const offset = offsetOfLine();
  if (index >= 0 && !addAttempt(index, lineAtMs, fileKey, offset, <u32>load<f64>(kind, KIND_FIELDS), lineAtMs)) return false;
  keepsLeft -= 1;
  const number = (kind - KINDS) / KIND_BYTES;
  noteRow(KIND_RUNS + (number << 5), RUN_CODES + <i32>number);
  if (!isJoined) return true;
  const record = addSettled(slot, request);
  store<f64>(record, <f64>load<i32>(SERVER), 8);
  store<f64>(record, lineAtMs, 16);
  store<f64>(record, fileKey, 24);
  store<f64>(record, offset, 32);
  store<f64>(record, index >= 0 ? key : 0, 40);
  store<f64>(record, lineAtMs, 48);
  store<f64>(record, <f64>(<i32>load<f64>(kind) >> 8), 56);
  store<f64>(record, subStatus, 64);
  store<f64>(record, win32Status, 72);
  store<f64>(record, <f64><i64>addressKey, 80);
  store<f64>(record, <f64><i64>agentKey, 88);
  store<f64>(record, <f64><i64>idsKey, 96);
  store<f64>(record, load<f64>(kind, KIND_CODE), 104);
  return true;
}

/** Watches a client from its first refusal on, with its successes before. Returns its index; -1 when the engine must follow it. */
function watchRefused(kind: usize, key: f64, identity: f64): i32 {
  linkSuccesses();
  const since = lineAtMs - load<f64>(LOOK_BACK_MS);
  const oldest = successCount - <i64>BUCKET_MASK - 1;
  let found = 0;
  let number = <i64>load<u32>(BUCKETS + (<usize>(<u32><u64>key & BUCKET_MASK) << 2));
  while (number > 0 && number > oldest) {
    const slot = <usize>((number - 1) % <i64>MAX_SUCCESSES);
    if (load<f64>(SUCCESSES + (slot << 5)) == key) {
      if (found == MAX_FOUND) return -1;
      store<u32>(FOUND + (<usize>found << 2), <u32>slot);
      found += 1;
      if (load<f64>(SUCCESSES + (slot << 5), 8) < since) break;
    }
    const before = <i64>load<u32>(BEFORE + (slot << 2));
    if (before >= number) break;
    number = before;
  }
  const index = watch(key, found + 1);
  if (index < 0) return -1;
  describeWatched(index, identity, load<f64>(kind, KIND_POOL));
  const fields = <u32>load<f64>(kind, KIND_SUCCESS_FIELDS);
  while (found > 0) {
    found -= 1;
    const success = SUCCESSES + (<usize>load<u32>(FOUND + (<usize>found << 2)) << 5);
    addAttempt(index, load<f64>(success, 8), load<f64>(success, 16), load<f64>(success, 24), fields, lineAtMs);
  }
  return index;
}

/** Number of successes kept so far, and the slot of the next one. In memory between two calls, where the engine adds others. */
let successCount: i64 = 0;
let successSlot: usize = 0;
/** Slot of the first success that is in no bucket yet. */
let firstSlot: usize = 0;

function beginSuccesses(): void {
  endPending();
  successCount = <i64>load<f64>(SUCCESS_COUNT);
  successSlot = <usize>(successCount % <i64>MAX_SUCCESSES);
  firstSlot = successSlot;
}

function endSuccesses(): void {
  store<f64>(SUCCESS_COUNT, <f64>successCount);
  linkSuccesses();
  if (keepsLeft != MAX_KEPT) endRuns();
}

/**
 * Puts the successes since the last time into their buckets, whose numbers stand in BEFORE. In a loop of its own, in which the processor
 * waits for many buckets at once: most of them are in no near cache.
 */
function linkSuccesses(): void {
  if (firstSlot == successSlot) return;
  let number = <u32>successCount - <u32>(successSlot > firstSlot ? successSlot - firstSlot : successSlot + MAX_SUCCESSES - firstSlot);
  for (let slot = firstSlot; slot != successSlot; slot = slot + 1 == MAX_SUCCESSES ? 0 : slot + 1) {
    const before = BEFORE + (slot << 2);
    const bucket = BUCKETS + (<usize>load<u32>(before) << 2);
    number += 1;
    store<u32>(before, load<u32>(bucket));
    store<u32>(bucket, number);
  }
  firstSlot = successSlot;
}

/** Counts a row in the run of its code. A row outside of the current run ends it and begins another. */
// @ts-ignore: decorator
@inline
function noteRow(run: usize, code: i32): void {
  const count = load<f64>(run, 24);
  if (count != 0 && lineAtMs >= load<f64>(run) && lineAtMs < load<f64>(run, 16)) {
    if (lineAtMs > load<f64>(run, 8)) store<f64>(run, lineAtMs, 8);
    store<f64>(run, count + 1, 24);
    return;
  }
  if (count != 0) endRun(run, code);
  store<f64>(run, lineAtMs);
  store<f64>(run, lineAtMs, 8);
  const isFullMinute = Math.floor(lineAtMs / MINUTE_MS) * MINUTE_MS == lineAtMs;
  store<f64>(run, isFullMinute ? lineAtMs + 1 : (Math.floor(lineAtMs / RUN_MS) + 1) * RUN_MS, 16);
  store<f64>(run, 1, 24);
}

/** Writes the code's run to NOTES. When they are full, the call ends. */
function endRun(run: usize, code: i32): void {
  const index = load<i32>(NOTE_COUNT);
  const note = NOTES + (<usize>index << 5);
  store<f64>(note, <f64>code);
  store<f64>(note, load<f64>(run, 24), 8);
  store<f64>(note, load<f64>(run), 16);
  store<f64>(note, load<f64>(run, 8), 24);
  store<f64>(run, 0, 24);
  store<i32>(NOTE_COUNT, index + 1);
  if (index + 1 >= MAX_NOTES) keepsLeft = 0;
}

/** Ends the runs of all codes. */
function endRuns(): void {
  for (let code = 0; code < RUN_CODES; code++) {
    const run = RUNS + (<usize>code << 5);
    if (load<f64>(run, 24) != 0) endRun(run, code);
  }
  for (let kind = 0; kind < load<i32>(KIND_COUNT); kind++) {
    const run = KIND_RUNS + (<usize>kind << 5);
    if (load<f64>(run, 24) != 0) endRun(run, RUN_CODES + kind);
  }
}

/** Stores the columns that full rows of both logs share. */
// @ts-ignore: decorator
@inline
function tell(row: usize, status: i32, addressKey: u64, agentKey: u64, idsKey: u64): void {
  store<u16>(ROW_STATUS + (row << 1), <u16>status);
  store<f64>(ROW_CLIENT + (row << 3), <f64><i64>addressKey);
  store<f64>(ROW_AGENT + (row << 3), <f64><i64>agentKey);
  store<f64>(ROW_IDS + (row << 3), <f64><i64>idsKey);
  store<u8>(ROW_DEVICE + row, deviceId == 0 ? 0 : 1);
}

/** True for the statuses of a refused token, as in oauth-reason.ts. */
// @ts-ignore: decorator
@inline
function mayCarryReason(status: i32): bool {
  return status == 401 || status == 403 || (status >= 500 && status <= 599);
}

/**
 * True when the text contains one of MARKS, or when the marks are unknown: the caller has to search it for a reason.
 */
function mayHaveReason(start: usize, end: usize): bool {
  if (load<i32>(KNOWS_MARKS) == 0) return true;
  for (let at = start; at < end; at += 16) {
    const twoLetters = v128.and(marksWith(at, MARK_LETTERS), marksWith(at + 1, MARK_LETTERS + 32));
    const begun = v128.and(twoLetters, marksWith(at + 2, MARK_LETTERS + 64));
    let bits = <u32>i8x16.bitmask(i8x16.ne(begun, v128.load(ALL_00))) & bitsOf(end - at);
    while (bits != 0) {
      const hit = at + ctz(bits);
      bits &= bits - 1;
      for (let literal = MARKS; load<u8>(literal) != 0; literal += <usize>load<u8>(literal) + 1) {
        const length = <usize>load<u8>(literal);
        if (hit + length <= end && hasLiteralAt(hit, literal + 1, length)) return true;
      }
    }
  }
  return false;
}

/**
 * For each of 16 bytes: a bit set of the marks that have this byte at the letter position to which the table `letters`
 * belongs.
 */
// @ts-ignore: decorator
@inline
function marksWith(at: usize, letters: usize): v128 {
  const block = v128.load(at);
  const lower = i8x16.swizzle(v128.load(letters), v128.and(block, v128.load(ALL_0F)));
  const upper = i8x16.swizzle(v128.load(letters, 16), i8x16.shr_u(block, 4));
  return v128.and(lower, upper);
}

/** Scheme code of an AuthenticationType field, as in scheme.ts. */
function schemeOf(start: usize, end: usize): u8 {
  if (end <= start) return load<u8>(SCHEME_NONE);
  for (let name = SCHEMES; load<u8>(name) != 0; name += <usize>load<u8>(name) + 2) {
    const length = <usize>load<u8>(name);
    const what = <u32>load<u8>(name + 1);
    if ((what & IS_PREFIX) != 0 ? end - start < length : end - start != length) continue;
    if (hasLiteralAt(start, name + 2, length)) return <u8>(what & ~IS_PREFIX);
  }
  return load<u8>(SCHEME_OTHER);
}

/** Value of a field that isStatus() has checked; 0 when it is empty. */
// @ts-ignore: decorator
@inline
function statusOf(column: i32): i32 {
  if (column < 0 || endOf(column) == startOf(column)) return 0;
  const at = startOf(column);
  return (<i32>load<u8>(at) - 0x30) * 100 + (<i32>load<u8>(at + 1) - 0x30) * 10 + <i32>load<u8>(at + 2) - 0x30;
}

/** Reads `2026-11-22T08:00:05.344Z` into `lineAtMs`. Returns false when the line is left to the caller. */
// @ts-ignore: decorator
@inline
function readProxiedInstant(): bool {
  const column = columnOf(PROXY_TIME);
  const at = startOf(column);
  if (endOf(column) - at != 24 || load<u8>(at + 10) != 0x54 || load<u8>(at + 19) != 0x2e || load<u8>(at + 23) != 0x5a) return false;
  if (!readDayAndClock(at, at + 11)) return false;
  const hundreds = <i32>load<u8>(at + 20) - 0x30;
  const tens = <i32>load<u8>(at + 21) - 0x30;
  const ones = <i32>load<u8>(at + 22) - 0x30;
  if (<u32>hundreds > 9 || <u32>tens > 9 || <u32>ones > 9) return false;
  lineAtMs += <f64>(hundreds * 100 + tens * 10 + ones);
  return isWithin();
}

/** True for three digits or an empty field. */
// @ts-ignore: decorator
@inline
function isStatus(column: i32): bool {
  if (column < 0) return true;
  const length = endOf(column) - startOf(column);
  return length == 0 || (length == 3 && isLongNumber(startOf(column), 3));
}

/**
 * Classifies an IIS line with `fields` fields. Returns its URL code with the bits HAS_USER and IS_TOLD, or a negative
 * kind (FOR_CALLER, NOISE, COUNTED).
 */
function judge(fields: i32): i32 {
  if (fields < load<i32>(FIELDS_WANTED)) return FOR_CALLER;
  if (!readInstant()) return FOR_CALLER;
  const statusColumn = columnOf(STATUS);
  const statusAt = startOf(statusColumn);
  if (endOf(statusColumn) - statusAt != 3) return FOR_CALLER;
  const hundreds = <i32>load<u8>(statusAt) - 0x30;
  const tens = <i32>load<u8>(statusAt + 1) - 0x30;
  const ones = <i32>load<u8>(statusAt + 2) - 0x30;
  if (<u32>hundreds > 9 || <u32>tens > 9 || <u32>ones > 9) return FOR_CALLER;
  const status = hundreds * 100 + tens * 10 + ones;
  const isBackEnd = endOfProxyOf(columnOf(PORT));
  if (isBackEnd < 0) return FOR_CALLER;
  if (!isNumber(columnOf(SUB_STATUS)) || !isNumber(columnOf(WIN32_STATUS))) return FOR_CALLER;

  // The client address: from the header field that a proxy sets, else from the connection.
  isDoubtful = false;
  let addressColumn = columnOf(IP);
  let addressStart: usize = 0;
  let addressEnd: usize = 0;
  const forwardedColumn = columnOf(FORWARDED_FOR);
  const isForwarded = forwardedColumn >= 0 && !isAbsent(startOf(forwardedColumn), endOf(forwardedColumn));
  if (addressColumn >= 0 && isPlainAddress(startOf(addressColumn), endOf(addressColumn))) {
    addressStart = startOf(addressColumn);
    addressEnd = endOf(addressColumn);
    if (load<u32>(addressStart) == 0x2e373231 || isNoiseCaller(addressStart, addressEnd))
      return isForwarded || isOurs(AGENT) ? FOR_CALLER : NOISE;
  } else if (addressColumn >= 0 && !isAbsent(startOf(addressColumn), endOf(addressColumn))) {
    addressStart = startOf(addressColumn);
    addressEnd = endOfAddress(addressStart, endOf(addressColumn));
    if (isDoubtful) return FOR_CALLER;
    if (isOwnAddress(addressStart, addressEnd) || isNoiseCaller(addressStart, addressEnd)) {
      if (isForwarded || hasGap(addressStart, endOf(addressColumn)) || isOurs(AGENT)) return FOR_CALLER;
      return NOISE;
    }
  }
  const userColumn = columnOf(USER);
  let hasUser = 0;
  if (userColumn >= 0) {
    const start = startOf(userColumn);
    const end = endOf(userColumn);
    if (namesUser(start, end)) hasUser = HAS_USER;
    if (isProbeUser(start, end)) return NOISE;
  }
  const stemColumn = columnOf(STEM);
  const place = stemColumn >= 0 ? stemOf(startOf(stemColumn), endOf(stemColumn)) : PLACE_ELSEWHERE;
  if (place >= IS_PROBE_PAGE) return (place & IS_PROBE_PAGE) != 0 ? NOISE : FOR_CALLER;
  let agentKey: u64 = 0;
  const agentColumn = columnOf(AGENT);
  if (agentColumn >= 0) {
    const start = startOf(agentColumn);
    const end = endOf(agentColumn);
    agentKey = agentKeyOf(start, end);
    if (isAgentOfProbe) return isOurs(AGENT) ? FOR_CALLER : NOISE;
  }
  const queryColumn = columnOf(QUERY);
  let idsKey: u64 = 0;
  deviceId = 0;
  requestStart = 0;
  if (queryColumn >= 0) {
    // The client of a back-end row is not needed.
    idsKey = readQuery(startOf(queryColumn), endOf(queryColumn), isBackEnd == 0);
    if (isDoubtful) return FOR_CALLER;
    if (isProbeQuery) return NOISE;
  }
  if (isBackEnd != 0) return mayCarryReason(status) ? FOR_CALLER : COUNTED;
  if (mayCarryReason(status) && (hasValue(columnOf(DIAGNOSTICS)) || hasValue(columnOf(FAILURE_CONTEXT)))) return FOR_CALLER;
  if (isForwarded) {
    addressStart = startOf(forwardedColumn);
    addressEnd = endOfAddress(addressStart, endOf(forwardedColumn));
    if (isDoubtful || addressEnd == addressStart) return FOR_CALLER;
  }
  const row = <usize>load<i32>(ROW_COUNT);
  const addressKey = addressKeyOf(addressStart, addressEnd);
  if (status >= 200 && status < 400 && load<u8>(PLAIN_PLACES + <usize>place) != 0) {
    const client = clientKey(addressKey, agentKey, idsKey);
    // A row that is ahead ends the call and is scanned again.
    if (load<i32>(KEEPS) != 0) return isAhead ? COUNTED : keep(place, hasUser, client);
    store<f64>(ROW_CLIENT + (row << 3), <f64><i64>client);
    return place | hasUser;
  }
  // A row that is ahead ends the call and is scanned again.
  if (isAhead) return COUNTED;
  requestKey = requestStart == 0 ? 0 : fieldKey(requestStart, endOfValue(requestStart, endOf(queryColumn)));
  subStatus = numberOf(columnOf(SUB_STATUS));
  win32Status = numberOf(columnOf(WIN32_STATUS));
  if (load<i32>(KEEPS) != 0 && load<i32>(WATCHES) != 0) {
    if (takeUnserved(status, place | hasUser, addressKey, agentKey, idsKey)) return COUNTED;
  }
  store<f64>(ROW_SUCCESSES + (row << 3), <f64>successCount);
  store<f64>(ROW_REQUEST + (row << 3), <f64><i64>requestKey);
  store<f64>(ROW_SUB_STATUS + (row << 3), subStatus);
  store<f64>(ROW_WIN32_STATUS + (row << 3), win32Status);
  tell(row, status, addressKey, agentKey, idsKey);
  return place | hasUser | HAS_FULL_ROW;
}

/**
 * Which end wrote the row: 1 back end, 0 front end, -1 left to the caller. Decided by the port column, else by the log.
 */
// @ts-ignore: decorator
@inline
function endOfProxyOf(column: i32): i32 {
  if (column >= 0) {
    const start = startOf(column);
    const length = endOf(column) - start;
    if (length == 3 && load<u16>(start) == 0x3434) {
      if (load<u8>(start + 2) == 0x34) return 1;
      if (load<u8>(start + 2) == 0x33) return 0;
    }
    if (length == 2 && load<u16>(start) == 0x3038) return 0;
    if (length > 0 && load<u8>(start) == 0x30) return -1;
  }
  return load<i32>(IS_BACK_END);
}

/** True when the log has the column and the field is not absent. */
// @ts-ignore: decorator
@inline
function hasValue(column: i32): bool {
  return column >= 0 && !isAbsent(startOf(column), endOf(column));
}

/** Sets `lineAtMs`. Returns false when the line is left to the caller. */
// @ts-ignore: decorator
@inline
function readInstant(): bool {
  const dayColumn = columnOf(DATE);
  const dayAt = startOf(dayColumn);
  const clockColumn = columnOf(TIME);
  const clockAt = startOf(clockColumn);
  if (endOf(dayColumn) - dayAt != 10 || endOf(clockColumn) - clockAt != 8) return false;
  return readDayAndClock(dayAt, clockAt) && isWithin();
}

/** Sets `lineAtMs` in whole seconds. Returns false when the line is left to the caller. */
// @ts-ignore: decorator
@inline
function readDayAndClock(dayAt: usize, clockAt: usize): bool {
  if (load<u64>(dayAt) != load<u64>(DAY_BYTES) || load<u16>(dayAt + 8) != load<u16>(DAY_BYTES + 8)) {
    if (!readDay(dayAt)) return false;
  }
  const bytes = load<u64>(clockAt);
  if (bytes != clockBytes) {
    if ((bytes & 0x0000ff0000ff0000) != 0x00003a00003a0000) return false;
    const digits = (bytes & 0xffff00ffff00ffff) ^ 0x3030003030003030;
    if (((digits | (digits + 0x0606060606060606)) & 0xf0f000f0f000f0f0) != 0) return false;
    const hour = <u32>(digits & 0xff) * 10 + <u32>((digits >> 8) & 0xff);
    const minute = <u32>((digits >> 24) & 0xff) * 10 + <u32>((digits >> 32) & 0xff);
    const second = <u32>((digits >> 48) & 0xff) * 10 + <u32>(digits >> 56);
    if (hour > 23 || minute > 59 || second > 59) return false;
    clockBytes = bytes;
    clockMs = <f64>(hour * 3600 + minute * 60 + second) * 1000;
  }
  lineAtMs = load<f64>(DAY_MS) + clockMs;
  return true;
}

// @ts-ignore: decorator
@inline
function isWithin(): bool {
  isAhead = lineAtMs > load<f64>(HORIZON);
  return lineAtMs >= load<f64>(SINCE) && lineAtMs < load<f64>(UNTIL);
}

/** Reads `2026-11-22` into DAY_BYTES and DAY_MS. Returns false when it is not a valid day of the years 2000 to 2099. */
function readDay(at: usize): bool {
  if (load<u8>(at) != 0x32 || load<u8>(at + 1) != 0x30 || load<u8>(at + 4) != 0x2d || load<u8>(at + 7) != 0x2d) return false;
  const year = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  const isLeap = (year & 3) == 0;
  if (day > (month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31)) return false;
  // Days before the month in a common year: (367 * month - 362) / 12, minus what February lacks.
  const before = (367 * month - 362) / 12 - (month > 2 ? (isLeap ? 1 : 2) : 0);
  const days = 10957 + year * 365 + ((year + 3) >> 2) + before + day - 1;
  store<u64>(DAY_BYTES, load<u64>(at));
  store<u16>(DAY_BYTES + 8, load<u16>(at + 8));
  store<f64>(DAY_MS, <f64>days * 86400000);
  return true;
}

function twoDigits(at: usize): i32 {
  const tens = <i32>load<u8>(at) - 0x30;
  const ones = <i32>load<u8>(at + 1) - 0x30;
  return <u32>tens > 9 || <u32>ones > 9 ? -1 : tens * 10 + ones;
}

/** True for up to ten digits or an absent field. */
// @ts-ignore: decorator
@inline
function isNumber(column: i32): bool {
  if (column < 0) return true;
  const start = startOf(column);
  const length = endOf(column) - start;
  if (length == 1) {
    const only = load<u8>(start);
    return (only >= 0x30 && only <= 0x39) || only == 0x2d;
  }
  return isLongNumber(start, length);
}

/** Value of a field that isNumber() has checked; -1 when it is absent. */
function numberOf(column: i32): f64 {
  if (column < 0 || endOf(column) == startOf(column)) return -1;
  let value: u64 = 0;
  for (let at = startOf(column); at < endOf(column); at++) {
    const code = <u64>load<u8>(at);
    if (code == 0x2d) return -1;
    value = value * 10 + code - 0x30;
  }
  return <f64>value;
}

function isLongNumber(start: usize, length: usize): bool {
  if (length > 10) return false;
  for (let at: usize = 0; at < length; at++) {
    const code = load<u8>(start + at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** True for an empty field, `-` or `<empty>`. */
// @ts-ignore: decorator
@inline
function isAbsent(start: usize, end: usize): bool {
  if (end <= start) return true;
  const first = load<u8>(start);
  return (first == 0x2d && end - start == 1) || (first == 0x3c && end - start == 7 && load<u8>(start + 1) == 0x65);
}

/** True when the field names a user: not absent, and not `Anonymous`. */
// @ts-ignore: decorator
@inline
function namesUser(start: usize, end: usize): bool {
  if (isAbsent(start, end)) return false;
  return end - start != 9 || (load<u64>(start) | SMALL_8) != 0x756f6d796e6f6e61 || (load<u8>(start + 8) | 0x20) != 0x73;
}

/** Bit set of the first `length` bytes of 16. */
// @ts-ignore: decorator
@inline
function bitsOf(length: usize): u32 {
  return length >= 16 ? 0xffff : (<u32>1 << <u32>length) - 1;
}

// @ts-ignore: decorator
@inline
function gapsOf(block: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(block, v128.load(ALL_20)), i8x16.eq(block, v128.load(ALL_2B))),
    v128.or(i8x16.eq(block, v128.load(ALL_2C)), i8x16.eq(block, v128.load(ALL_3B))),
  );
}

/**
 * End of the first address of the field, which is not absent. Sets `isDoubtful` for brackets, ports and mapped
 * addresses, which are left to the caller.
 */
// @ts-ignore: decorator
@inline
function endOfAddress(start: usize, end: usize): usize {
  const first = load<u8>(start);
  if (first == 0x5b || first == 0x5c || first == 0x20 || first == 0x2b || first == 0x2c || first == 0x3b) isDoubtful = true;
  // Sample: ::ffff:10.0.0.1
  if (first == 0x3a && load<u8>(start + 1) == 0x3a && (load<u8>(start + 2) | 0x20) == 0x66) isDoubtful = true;
  let hasPoint: u32 = 0;
  for (let at = start; at < end; at += 16) {
    const block = v128.load(at);
    const within = bitsOf(end - at);
    const stops = v128.or(gapsOf(block), v128.or(i8x16.eq(block, v128.load(ALL_5D)), i8x16.eq(block, v128.load(ALL_25))));
    let ends = <u32>i8x16.bitmask(stops) & within;
    const before = ends == 0 ? within : (ends & (0 - ends)) - 1;
    hasPoint |= <u32>i8x16.bitmask(i8x16.eq(block, v128.load(ALL_2E))) & before;
    if (hasPoint != 0 && (<u32>i8x16.bitmask(i8x16.eq(block, v128.load(ALL_3A))) & before) != 0) isDoubtful = true;
    if (ends != 0) return at + ctz(ends);
  }
  return end;
}

/** True for 4 to 16 digits and points: such an address is the whole field. */
// @ts-ignore: decorator
@inline
function isPlainAddress(start: usize, end: usize): bool {
  const length = end - start;
  const other = i8x16.gt_u(i8x16.sub(v128.load(start), v128.load(ALL_2E)), v128.load(ALL_0B));
  return length - 4 <= 12 && (<u32>i8x16.bitmask(other) & bitsOf(length)) == 0;
}

/** `::1`, `127.…` or `fe80:…` */
// @ts-ignore: decorator
@inline
function isOwnAddress(start: usize, end: usize): bool {
  const length = end - start;
  const head = load<u32>(start);
  if (length >= 4 && head == 0x2e373231) return true;
  if (length == 3 && (head & 0xffffff) == 0x313a3a) return true;
  return length >= 5 && load<u8>(start + 4) == 0x3a && (head | 0x2020) == 0x30386566;
}

function hasGap(start: usize, end: usize): bool {
  for (let at = start; at < end; at += 16) {
    if ((<u32>i8x16.bitmask(gapsOf(v128.load(at))) & bitsOf(end - at)) != 0) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function lower(code: u32): u32 {
  return code - 0x41 < 26 ? code + 0x20 : code;
}

/** True when the literal of `length` bytes at `wanted` occurs at `at`, ignoring case. */
function hasLiteralAt(at: usize, wanted: usize, length: usize): bool {
  for (let offset: usize = 0; offset < length; offset++) {
    if (lower(load<u8>(at + offset)) != load<u8>(wanted + offset)) return false;
  }
  return true;
}

/** True when a word of the field begins with one of PROBE_USERS. */
// @ts-ignore: decorator
@inline
function isProbeUser(start: usize, end: usize): bool {
  for (let literal = PROBE_USERS; load<u8>(literal) != 0; literal += <usize>load<u8>(literal) + 1) {
    const length = <usize>load<u8>(literal);
    if (end - start < length || end < start) continue;
    const small = load<u8>(literal + 1);
    for (let at = start; at + length <= end; at += 64) {
      let hits = placesOfLetter(at, small) & manyBitsOf(end - at);
      while (hits != 0) {
        const hit = at + <usize>ctz(hits);
        hits &= hits - 1;
        if (hit + length <= end && (hit == start || !isWordByte(load<u8>(hit - 1))) && hasLiteralAt(hit, literal + 1, length)) return true;
      }
    }
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isWordByte(code: u32): bool {
  return code - 0x30 < 10 || lower(code) - 0x61 < 26;
}

/** True when the field ends with one of the literals of the list and has more text before it. */
// @ts-ignore: decorator
@inline
function hasEnding(list: usize, start: usize, end: usize): bool {
  for (let literal = list; load<u8>(literal) != 0; literal += <usize>load<u8>(literal) + 1) {
    const length = <usize>load<u8>(literal);
    const hasFirst = end > start + length && lower(load<u8>(end - 1)) == load<u8>(literal + length);
    if (hasFirst && hasLiteralAt(end - length, literal + 1, length)) return true;
  }
  return false;
}

let isAgentOfProbe: bool = false;

/** Key of the user agent; sets `isAgentOfProbe`. Both are cached by the text. */
// @ts-ignore: decorator
@inline
function agentKeyOf(start: usize, end: usize): u64 {
  const length = end - start;
  if (length < 16 || length > MAX_AGENT_LENGTH) {
    const key = fieldKey(start, end);
    isAgentOfProbe = key != 0 && isNoisyAgent(start, end);
    return key;
  }
  const mixed = (load<u64>(end - 8) ^ load<u64>(start + (length >> 1) - 4) ^ <u64>length) * 0x9e3779b97f4a7c15;
  const slot = AGENTS + <usize>(mixed >> 56) * AGENT_BYTES;
  if (load<u32>(slot) >> 1 == <u32>length && isSameText(start, slot + 16, length)) {
    isAgentOfProbe = (load<u32>(slot) & 1) != 0;
    return load<u64>(slot + 8);
  }
  const key = fieldKey(start, end);
  isAgentOfProbe = isNoisyAgent(start, end);
  store<u32>(slot, (<u32>length << 1) | (isAgentOfProbe ? 1 : 0));
  store<u64>(slot + 8, key);
  memory.copy(slot + 16, start, length);
  return key;
}

/** True when two texts of `length` bytes (at least 16) are equal. Compares in steps of 64 bytes, of which the last may overlap. */
// @ts-ignore: decorator
@inline
function isSameText(one: usize, other: usize, length: usize): bool {
  let different = differenceAt(one, other, length - 16);
  if (length > 64) {
    for (let at: usize = 0; at + 16 < length; at += 64) {
      const left = length - at;
      const from = left >= 64 ? at : length - 64;
      different = v128.or(different, v128.or(differenceAt(one, other, from), differenceAt(one, other, from + 16)));
      different = v128.or(different, v128.or(differenceAt(one, other, from + 32), differenceAt(one, other, from + 48)));
    }
  } else {
    const last = length - 16;
    different = v128.or(different, differenceAt(one, other, 0));
    different = v128.or(different, differenceAt(one, other, last < 16 ? last : 16));
    different = v128.or(different, differenceAt(one, other, last < 32 ? last : 32));
  }
  return !v128.any_true(different);
}

// @ts-ignore: decorator
@inline
function differenceAt(one: usize, other: usize, offset: usize): v128 {
  return v128.xor(v128.load(one + offset), v128.load(other + offset));
}

/** The `length` bytes at `start`, at most 16, filled up with zeros. */
// @ts-ignore: decorator
@inline
function shortText(start: usize, length: usize): v128 {
  return v128.and(v128.load(start), v128.load(FIRST_BYTES + 48 - length));
}

/** Key of an address. */
// @ts-ignore: decorator
@inline
function addressKeyOf(start: usize, end: usize): u64 {
  const length = end - start;
  return end <= start || length > 16 ? textKey(start, end) : blockKey(shortText(start, length), length);
}

// @ts-ignore: decorator
@inline
function isNoiseCaller(start: usize, end: usize): bool {
  return load<i32>(ASKS_ADDRESSES) != 0 && isKnownNoiseCaller(start, end);
}

/** True when the caller says that the address is noise; the answer is remembered. */
function isKnownNoiseCaller(start: usize, end: usize): bool {
  if (end <= start) return false;
  const length = end - start;
  if (length > 16) return isNoiseAddress(start, end) != 0;
  const text = shortText(start, length);
  const mixed = (<u64>i64x2.extract_lane(text, 0) ^ (<u64>i64x2.extract_lane(text, 1) * 0xc2b2ae3d27d4eb4f)) * 0x9e3779b97f4a7c15;
  const slot = ADDRESSES + <usize>(mixed >> 53) * ADDRESS_BYTES;
  if (load<u32>(slot + 16) != <u32>length || v128.any_true(v128.xor(v128.load(slot), text))) {
    v128.store(slot, text);
    store<u32>(slot + 16, <u32>length);
    store<u32>(slot + 20, isNoiseAddress(start, end) != 0 ? 1 : 0);
  }
  return load<u32>(slot + 20) != 0;
}

/** True when the agent contains one of PROBE_AGENTS, or when the caller says that it is noise. */
function isNoisyAgent(start: usize, end: usize): bool {
  return searchAgent(start, end) || (load<i32>(ASKS_AGENTS) != 0 && isNoiseAgent(start, end) != 0);
}

function searchAgent(start: usize, end: usize): bool {
  if (end - start < 2) return false;
  for (let literal = PROBE_AGENTS; load<u8>(literal) != 0; literal += <usize>load<u8>(literal) + 1) {
    if (holds(start, end, literal)) return true;
  }
  return false;
}

/**
 * True for the exporter's own probe, the first of PROBE_AGENTS. Its rows also show a worker process, so they are left
 * to the caller.
 */
function isOurs(slot: i32): bool {
  const column = columnOf(slot);
  return column >= 0 && holds(startOf(column), endOf(column), PROBE_AGENTS);
}

function holds(start: usize, end: usize, literal: usize): bool {
  const length = <usize>load<u8>(literal);
  for (let at = start; at + length <= end; at++) {
    if (hasLiteralAt(at, literal + 1, length)) return true;
  }
  return false;
}

/** The query has the mailbox or user of a health probe. */
let isProbeQuery: bool = false;
let clientId: u64 = 0;
let mailboxId: u64 = 0;
let deviceId: u64 = 0;
let userId: u64 = 0;
/** Start of the value of the query's last `cafeReqId`; 0 when it has none. */
let requestStart: usize = 0;

/**
 * Key of the query's ids; 0 when there are none or `withIds` is false. Sets `isProbeQuery`, and `isDoubtful` for
 * `clientApplication`.
 */
// @ts-ignore: decorator
@inline
function readQuery(start: usize, end: usize, withIds: bool): u64 {
  isProbeQuery = false;
  requestStart = 0;
  deviceId = 0;
  if (end - start < 6 || end < start) return 0;
  clientId = 0;
  mailboxId = 0;
  userId = 0;
  const usual = startOfUsual(start, end, withIds);
  const usualClient = clientId;
  const usualRequest = requestStart;
  for (let at = start; at < usual; at += 64) {
    let equals = placesOf(at, v128.load(ALL_3D)) & manyBitsOf(usual - at);
    while (equals != 0) {
      takeParameter(start, at + <usize>ctz(equals), usual, withIds);
      equals &= equals - 1;
    }
  }
  if (usualClient != 0) clientId = usualClient;
  if (usualRequest != 0) requestStart = usualRequest;
  if ((clientId | mailboxId | deviceId | userId) == 0) return 0;
  return combineKeys(combineKeys(combineKeys(clientId, mailboxId), deviceId), userId);
}

/**
 * Start of the parameters with which Exchange ends most queries, each of a known length and with values that hold no mark:
 * `&CorrelationID=<empty>;&ClientId=…&RequestId=…&cafeReqId=…;`, where those in the middle may be missing. Sets `requestStart` and
 * `clientId` to what they hold. Returns `end` for any other query.
 */
// @ts-ignore: decorator
@inline
function startOfUsual(start: usize, end: usize, withIds: bool): usize {
  // &cafeReqId= and 36 characters, and a semicolon
  if (end - start < 48 || load<u8>(end - 1) != 0x3b || hasMark(end - 37, 36)) return end;
  let at = end - 48;
  if (load<u64>(at) != 0x7165526566616326 || load<u32>(at, 7) != 0x3d644971) return end;
  requestStart = end - 37;
  // &RequestId= and 36 characters
  if (at - start >= 47 && load<u64>(at - 47) == 0x7473657571655226 && load<u32>(at - 40) == 0x3d644974 && !hasMark(at - 36, 36)) at -= 47;
  // &ClientId= and 32 characters
  if (at - start >= 42 && load<u64>(at - 42) == 0x49746e65696c4326 && load<u16>(at - 34) == 0x3d64 && !hasMark(at - 32, 32)) {
    if (withIds) clientId = textKey(at - 32, at);
    at -= 42;
  }
  // &CorrelationID=<empty>;
  const hasNoCorrelation =
    at - start >= 23
    && load<u64>(at - 23) == 0x616c6572726f4326
    && load<u64>(at - 15) == 0x3c3d44496e6f6974
    && load<u64>(at - 8) == 0x3b3e7974706d653c;
  if (hasNoCorrelation) at -= 23;
  return at;
}

/** True when one of the `length` bytes (32 to 48) from `start` may end a parameter or its name. */
// @ts-ignore: decorator
@inline
function hasMark(start: usize, length: usize): bool {
  const marks = v128.or(v128.or(marksIn(start), marksIn(start + 16)), marksIn(start + length - 16));
  return v128.any_true(marks);
}

/** The ampersands, semicolons and equals signs (and `<`) of 16 bytes. */
// @ts-ignore: decorator
@inline
function marksIn(at: usize): v128 {
  const block = v128.load(at);
  return v128.or(i8x16.eq(block, v128.load(ALL_26)), i8x16.le_u(i8x16.sub(block, v128.load(ALL_3B)), v128.load(ALL_02)));
}

// @ts-ignore: decorator
@inline
const SMALL_4: u32 = 0x20202020;
// @ts-ignore: decorator
@inline
const SMALL_8: u64 = 0x2020202020202020;

/** Reads the parameter whose `=` is at `equals`, when its name is one of those that matter. `start`, `end`: bounds of the query. */
// @ts-ignore: decorator
@inline
function takeParameter(start: usize, equals: usize, end: usize, withIds: bool): void {
  const from = equals + 1;
  // The last four letters of a name decide which one it may be.
  const ending = load<u32>(equals - 4) | SMALL_4;
  if (ending >> 16 == 0x6469) {
    if (ending == 0x64697165) {
      // cafeReqId
      if (isNameOf9(start, equals, 0x6971657265666163)) requestStart = from;
    } else if (ending == 0x6469746e) {
      // ClientId
      if (withIds && isNameOf8(start, equals, 0x6469746e65696c63)) clientId = fieldKey(from, endOfValue(from, end));
    } else if (ending == 0x6469786f) {
      // MailboxId
      if (isNameOf9(start, equals, 0x69786f626c69616d)) {
        const valueEnd = endOfValue(from, end);
        if (withIds) mailboxId = fieldKey(from, valueEnd);
        if (isProbeUser(from, valueEnd)) isProbeQuery = true;
      }
    } else if (ending == 0x64696563) {
      // DeviceId
      if (withIds && isNameOf8(start, equals, 0x6469656369766564)) deviceId = fieldKey(from, endOfValue(from, end));
    }
  } else if (ending == 0x72657375) {
    // User
    if (isNameAt(start, equals - 4)) {
      const valueEnd = endOfValue(from, end);
      if (withIds) userId = fieldKey(from, valueEnd);
      if (isProbeUser(from, valueEnd)) isProbeQuery = true;
    }
  } else if (ending == 0x6e6f6974) {
    // clientApplication
    if (isNameAt(start, equals - 17) && (load<u8>(equals - 17) | 0x20) == 0x63) isDoubtful = true;
  }
}

/** True when the eight letters before `equals` are `wanted` and a whole name. */
// @ts-ignore: decorator
@inline
function isNameOf8(start: usize, equals: usize, wanted: u64): bool {
  return (load<u64>(equals - 8) | SMALL_8) == wanted && isNameAt(start, equals - 8);
}

/** Like `isNameOf8`, for a name of nine letters. `wanted`: the first eight; the caller has compared the last four. */
// @ts-ignore: decorator
@inline
function isNameOf9(start: usize, equals: usize, wanted: u64): bool {
  return (load<u64>(equals - 9) | SMALL_8) == wanted && isNameAt(start, equals - 9);
}

/** True when a parameter's name begins at `name`. */
// @ts-ignore: decorator
@inline
function isNameAt(start: usize, name: usize): bool {
  if (name <= start) return name == start;
  const before = load<u8>(name - 1);
  return before == 0x26 || before == 0x3b || (before == 0x3f && name == start + 1);
}

/** End of the parameter's value that begins at `from`. */
// @ts-ignore: decorator
@inline
function endOfValue(from: usize, end: usize): usize {
  for (let at = from; at < end; at += 64) {
    const marks = (placesOf(at, v128.load(ALL_26)) | placesOf(at, v128.load(ALL_3B))) & manyBitsOf(end - at);
    if (marks != 0) return at + <usize>ctz(marks);
  }
  return end;
}

/** Bit set of the first `length` bytes of 64. */
// @ts-ignore: decorator
@inline
function manyBitsOf(length: usize): u64 {
  return length >= 64 ? ~(<u64>0) : ((<u64>1) << (<u64>length)) - 1;
}

/** URL code of a stem, and the bits IS_PROBE_PAGE and IS_NEVER_BEARER. Cached by the text. */
// @ts-ignore: decorator
@inline
function stemOf(start: usize, end: usize): i32 {
  const length = end - start;
  if (length - 1 >= MAX_STEM_LENGTH) return classOfStem(start, end);
  const first = FIRST_BYTES + 48 - length;
  const head = v128.and(v128.load(start), v128.load(first));
  const middle = v128.and(v128.load(start, 16), v128.load(first, 16));
  const tail = v128.and(v128.load(start, 32), v128.load(first, 32));
  const folded = v128.xor(v128.xor(head, middle), tail);
  const mixed = ((<u64>i64x2.extract_lane(folded, 0) * 0xc2b2ae3d27d4eb4f) ^ <u64>i64x2.extract_lane(folded, 1)) * 0x9e3779b97f4a7c15;
  const slot = STEMS + <usize>(mixed >> 57) * STEM_BYTES;
  const other = v128.or(
    v128.or(v128.xor(head, v128.load(slot)), v128.xor(middle, v128.load(slot, 16))),
    v128.xor(tail, v128.load(slot, 32)),
  );
  if (v128.any_true(other) || load<u32>(slot, 48) != <u32>length) {
    v128.store(slot, head);
    v128.store(slot, middle, 16);
    v128.store(slot, tail, 32);
    store<u32>(slot, <u32>length, 48);
    store<u32>(slot, <u32>classOfStem(start, end), 52);
  }
  return load<i32>(slot, 52);
}

function classOfStem(start: usize, end: usize): i32 {
  return (
    placeOf(start, end)
    | (hasEnding(PROBE_PAGES, start, end) ? IS_PROBE_PAGE : 0)
    | (hasEnding(NEVER_BEARER, start, end) ? IS_NEVER_BEARER : 0)
  );
}

/** URL code of the longest matching prefix. */
// @ts-ignore: decorator
@inline
function placeOf(start: usize, end: usize): i32 {
  if (end - start == 1 && load<u8>(start) == 0x2f) return PLACE_ROOT;
  const letter = <usize>(load<u8>(start + 1) | 0x20);
  let index = <usize>load<u8>(PREFIXES_OF_LETTER + 2 * letter);
  const last = index + <usize>load<u8>(PREFIXES_OF_LETTER + 2 * letter + 1);
  if (index == last) return PLACE_ELSEWHERE;
  const head = lowerOf(v128.load(start));
  const tail = lowerOf(v128.load(start, 16));
  for (; index < last; index++) {
    const length = <usize>load<u8>(PREFIX_LENGTHS + index);
    if (end - start < length || end < start) continue;
    const wanted = PREFIX_TEXTS + (index << 5);
    const same = <u32>i8x16.bitmask(i8x16.eq(head, v128.load(wanted))) | (<u32>i8x16.bitmask(i8x16.eq(tail, v128.load(wanted, 16))) << 16);
    const needed = <u32>((<u64>1 << <u64>length) - 1);
    if ((same & needed) != needed) continue;
    if (start + length == end || load<u8>(start + length) == 0x2f) return <i32>load<u8>(PREFIX_PLACES + index);
  }
  return PLACE_ELSEWHERE;
}

/** The block in lower case. */
// @ts-ignore: decorator
@inline
function lowerOf(block: v128): v128 {
  const isCapital = i8x16.lt_u(i8x16.sub(block, v128.load(ALL_41)), v128.load(ALL_1A));
  return v128.or(block, v128.and(isCapital, v128.load(ALL_20)));
}

// @ts-ignore: decorator
@inline
function fieldKey(start: usize, end: usize): u64 {
  return isAbsent(start, end) ? 0 : textKey(start, end);
}

/** As in src/model/text-key.ts. */
function textKey(start: usize, end: usize): u64 {
  if (end <= start) return 0;
  const prime = v128.load(KEY_PRIME);
  let lanes = i32x4.replace_lane(v128.load(KEY_SEED), 0, <i32>0x9e3779b9 ^ <i32>(end - start));
  for (let at = start; at < end; at += 16) {
    let block = v128.load(at);
    const left = end - at;
    if (left < 16) block = v128.and(block, v128.load(FIRST_BYTES + 48 - left));
    lanes = i32x4.mul(v128.xor(lanes, foldedOf(block)), prime);
    lanes = v128.xor(lanes, i32x4.shr_u(lanes, 15));
  }
  return keyOfLanes(lanes);
}

/** Key of a text of at most 16 bytes, in a block that is filled up with zeros. */
// @ts-ignore: decorator
@inline
function blockKey(block: v128, length: usize): u64 {
  let lanes = i32x4.replace_lane(v128.load(KEY_SEED), 0, <i32>0x9e3779b9 ^ <i32>length);
  lanes = i32x4.mul(v128.xor(lanes, foldedOf(block)), v128.load(KEY_PRIME));
  return keyOfLanes(v128.xor(lanes, i32x4.shr_u(lanes, 15)));
}

/** The block in lower case, with blanks for `+` and `,`. */
// @ts-ignore: decorator
@inline
function foldedOf(block: v128): v128 {
  const isBlank = v128.or(i8x16.eq(block, v128.load(ALL_2B)), i8x16.eq(block, v128.load(ALL_2C)));
  return v128.bitselect(v128.load(ALL_20), lowerOf(block), isBlank);
}

// @ts-ignore: decorator
@inline
function keyOfLanes(lanes: v128): u64 {
  const low = i32x4.mul(lanes, v128.load(KEY_LOW));
  const mixed = v128.xor(lanes, i32x4.shr_u(lanes, 16));
  const high = i32x4.mul(mixed, v128.load(KEY_HIGH));
  // Sums of both halves at once: low words of `low`, then of `high`.
  const pairs = i32x4.add(
    v128.shuffle<i32>(low, high, 0, 1, 4, 5),
    v128.shuffle<i32>(low, high, 2, 3, 6, 7),
  );
  return joinLanes(
    i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1),
    i32x4.extract_lane(pairs, 2) + i32x4.extract_lane(pairs, 3),
  );
}

function combineKeys(first: u64, second: u64): u64 {
  let low = ((<i32>first ^ <i32>0x9e3779b9) * <i32>0x85ebca6b) ^ ((<i32>second + 0x7f4a7c15) * <i32>0xc2b2ae35);
  let high = ((<i32>(first >> 32) ^ 0x27d4eb2f) * 0x165667b1) ^ ((<i32>(second >> 32) + <i32>0x9e3779b1) * <i32>0x85ebca77);
  high ^= low >>> 15;
  low ^= high >>> 7;
  return joinLanes(low, high);
}

// @ts-ignore: decorator
@inline
function joinLanes(low: i32, high: i32): u64 {
  let mixedLow = (low ^ (low >>> 16)) * <i32>0x85ebca6b;
  let mixedHigh = (high ^ (high >>> 13)) * <i32>0xc2b2ae35;
  mixedLow ^= mixedHigh >>> 11;
  mixedHigh ^= mixedLow >>> 16;
  const key = (<u64>(mixedHigh & 0xfffff) << 32) | <u64><u32>mixedLow;
  return key == 0 ? 1 : key;
}
