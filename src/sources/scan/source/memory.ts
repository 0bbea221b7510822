/**
 * Memory of watched clients and of counted requests, shared with ../engine-memory.ts. Byte addresses, behind
 * those of iis-scanner.ts.
 */

// @ts-ignore: decorator
@inline export const SHARED: usize = 11445248;
/** 1: rows that were not served are taken here where their kind is known. */
// @ts-ignore: decorator
@inline export const WATCHES: usize = 11445248;
/** A client with so many refusals and challenges is handed over to the engine. */
// @ts-ignore: decorator
@inline export const MAX_REFUSALS: usize = 11445252;
/** Number of watched clients, and how many there may be now. */
// @ts-ignore: decorator
@inline export const WATCHED_COUNT: usize = 11445256;
// @ts-ignore: decorator
@inline export const MAX_WATCHED_NOW: usize = 11445260;
/** Number of kinds in KINDS. */
// @ts-ignore: decorator
@inline export const KIND_COUNT: usize = 11445264;
/** Number of keys in RIPE. */
// @ts-ignore: decorator
@inline export const RIPE_COUNT: usize = 11445268;
/** Index of the server whose rows are read. */
// @ts-ignore: decorator
@inline export const SERVER: usize = 11445272;
/** A run ends when the client is silent for so long, and successes before a refusal are looked for so far back (ms, f64 each). */
// @ts-ignore: decorator
@inline export const IDLE_MS: usize = 11445280;
// @ts-ignore: decorator
@inline export const LOOK_BACK_MS: usize = 11445288;
/** How many clients were followed or watched so far (f64). */
// @ts-ignore: decorator
@inline export const CLIENT_ORDER: usize = 11445296;
/**
 * Counted requests (f64 each): number of the oldest record and of the next one, how many there are, room for how many, how many requests
 * the engine has beside them, how many there may be together, and not 0 when ids of completed requests must be looked up, too.
 */
// @ts-ignore: decorator
@inline export const SETTLED_FIRST: usize = 11445312;
// @ts-ignore: decorator
@inline export const SETTLED_NEXT: usize = 11445320;
// @ts-ignore: decorator
@inline export const SETTLED_SIZE: usize = 11445328;
// @ts-ignore: decorator
@inline export const SETTLED_ROOM: usize = 11445336;
// @ts-ignore: decorator
@inline export const OTHER_REQUESTS: usize = 11445344;
// @ts-ignore: decorator
@inline export const MAX_REQUESTS: usize = 11445352;
// @ts-ignore: decorator
@inline export const HAS_COMPLETED: usize = 11445360;
/** Of each URL code: packed fields of a success (f64). */
// @ts-ignore: decorator
@inline export const SERVED_FIELDS: usize = 11445760;
/** Keys of clients whose rows are all listed until the call ends; negative for those that are not watched (f64). */
// @ts-ignore: decorator
@inline export const PENDING: usize = 11461632;
/** Kinds of rows that were not served, as in src/model/logs/unserved-kind.ts. */
// @ts-ignore: decorator
@inline export const KINDS: usize = 11446272;
// @ts-ignore: decorator
@inline export const KIND_BYTES: usize = 80;
/** Of each kind: its run of rows, as in RUNS of iis-scanner.ts. */
// @ts-ignore: decorator
@inline export const KIND_RUNS: usize = 11451392;
/** For each value of a hash of 8 bits: number of a kind, counted from 1 (u8). */
// @ts-ignore: decorator
@inline export const KIND_SLOTS: usize = 11453440;
/** Successes of a client that begins to be watched, newest first (u32). */
// @ts-ignore: decorator
@inline export const FOUND: usize = 11453696;
/** Keys of the clients that are ready to be handed over (f64). */
// @ts-ignore: decorator
@inline export const RIPE: usize = 11478016;
/** Hash table of watched clients with open addressing: number of a record, counted from 1 (u32). */
// @ts-ignore: decorator
@inline export const CLIENT_SLOTS: usize = 11740160;
// @ts-ignore: decorator
@inline export const CLIENT_MASK: u32 = 65535;
// @ts-ignore: decorator
@inline export const MAX_WATCHED: i32 = 32768;
// @ts-ignore: decorator
@inline export const CLIENTS: usize = 12002304;
// @ts-ignore: decorator
@inline export const CLIENT_BYTES: usize = 80;
// @ts-ignore: decorator
@inline export const ATTEMPTS: usize = 14623744;
// @ts-ignore: decorator
@inline export const ATTEMPT_BYTES: usize = 48;
// @ts-ignore: decorator
@inline export const MAX_ATTEMPTS: i32 = 131072;
/** For each value of the low 16 bits of a request id's key: not 0 when the engine has such a request beside the counted ones. */
// @ts-ignore: decorator
@inline export const OTHER_IDS: usize = 20915200;
/** Hash table with open addressing, twice as many slots as there is room for records: number of a record, counted from 1 (u32). */
// @ts-ignore: decorator
@inline export const SETTLED_SLOTS: usize = 20980736;
// @ts-ignore: decorator
@inline export const MAX_SETTLED: i32 = 32768;
// @ts-ignore: decorator
@inline export const SETTLED: usize = 21242880;
// @ts-ignore: decorator
@inline export const SETTLED_BYTES: usize = 128;
/** The attempts of one client: time, file key, offset, when it arrived, packed fields (f64 each). */
// @ts-ignore: decorator
@inline export const LISTED: usize = 25437184;

/** Number of fields up to the last one that the parser reads; another number than FIELDS_WANTED (i32). */
// @ts-ignore: decorator
@inline export const FIELDS_READ: usize = 11445376;
/** Columns that hold texts of the client: how many, and then their numbers in ascending order (u8 each). */
// @ts-ignore: decorator
@inline export const CLIENT_TEXTS: usize = 11445504;
/** Of each full row of HttpProxy: start and end of the text that may hold a reason, u32 each; the same when there is none. */
// @ts-ignore: decorator
@inline export const ROW_REASON: usize = 25447424;
/** A row with quotes, without them. */
// @ts-ignore: decorator
@inline export const UNQUOTED: usize = 25455616;
// @ts-ignore: decorator
@inline export const MAX_UNQUOTED: usize = 32000;
/** Texts of such rows that the caller reads after the call. The input begins behind. */
// @ts-ignore: decorator
@inline export const TEXTS: usize = 25488384;
// @ts-ignore: decorator
@inline export const TEXTS_END: usize = 25750528;

/** The table of iis-scanner.ts. */
// @ts-ignore: decorator
@inline export const FOLLOWED: usize = 304128;
