import { APP_POOLS, type AppPool } from "../../model/app-pool.ts";
import { CATEGORIES, PROTOCOLS, SCHEMES, type Category, type Protocol, type Scheme } from "../../model/label-values.ts";
import { REQUEST_SOURCES, type RequestRow, type RequestSource } from "../../model/row.ts";

/** Kinds of entries in a stream of numbers. The tag is the remainder of an entry's first number divided by TAGS. */
export const TAG = { request: 1, worker: 2, other: 3, served: 4, stepEnd: 5, listed: 6 } as const;
const TAGS = 8;

/** Length of each kind of entry, in numbers, the first one included. */
export const REQUEST_LENGTH = 12;
export const WORKER_LENGTH = 4;
export const OTHER_LENGTH = 3;
export const STEP_END_LENGTH = 2;
/** Header length of a batch entry, in numbers; its columns follow, then an entry for each full row. */
export const SERVED_HEAD = 6;
/** Header length of an entry of listed rows, in numbers; their columns follow, as in `ListedRows.numbers`. */
export const LISTED_HEAD = 6;

const SOURCE_INDEX = new Map<RequestSource, number>(REQUEST_SOURCES.map((name, index) => [name, index]));
const PROTOCOL_INDEX = new Map<Protocol, number>(PROTOCOLS.map((name, index) => [name, index]));
const SCHEME_INDEX = new Map<Scheme, number>(SCHEMES.map((name, index) => [name, index]));
const CATEGORY_INDEX = new Map<Category | null, number>([
  [null, 0],
  ...CATEGORIES.map((name, index): [Category, number] => [name, index + 1]),
]);
const POOL_INDEX = new Map<AppPool, number>(APP_POOLS.map((name, index) => [name, index]));

const [SOURCES, PROTOCOL_COUNT, SCHEME_COUNT, CATEGORY_COUNT, POOL_COUNT, FLAGS] = [
  REQUEST_SOURCES.length,
  PROTOCOLS.length,
  SCHEMES.length,
  CATEGORIES.length + 1,
  APP_POOLS.length,
  64,
];

/** First number of an entry: its tag and `rest`, an integer from 0 on. Exact for `rest` below 2^50. */
export function headOf(tag: number, rest: number): number {
  return rest * TAGS + tag;
}

export function tagOf(head: number): number {
  return head % TAGS;
}

export function restOf(head: number): number {
  return Math.floor(head / TAGS);
}

export function poolIndex(appPool: AppPool): number {
  return POOL_INDEX.get(appPool) ?? APP_POOLS.length - 1;
}

export function poolAt(index: number): AppPool {
  return APP_POOLS[index] ?? "other";
}

/** Packs the fields of a row that have few values, and the index of its text, into one number (below 2^50 for fewer than 2^24 texts). */
export function requestCode(row: RequestRow, textIndex: number): number {
  let code = textIndex;
  code = code * SOURCES + (SOURCE_INDEX.get(row.source) ?? 0);
  code = code * PROTOCOL_COUNT + (PROTOCOL_INDEX.get(row.protocol) ?? 0);
  code = code * SCHEME_COUNT + (SCHEME_INDEX.get(row.scheme) ?? 0);
  code = code * CATEGORY_COUNT + (CATEGORY_INDEX.get(row.category) ?? 0);
  code = code * POOL_COUNT + poolIndex(row.appPool);
  return code * FLAGS + flagsOf(row);
}

function flagsOf(row: RequestRow): number {
  const user = row.hasUser === null ? 8 : row.hasUser ? 4 : 0;
  return (
    (row.isBackEndReason ? 1 : 0) +
    (row.showsReasons ? 2 : 0) +
    user +
    (row.takesBearer ? 16 : 0) +
    (row.namesDevice ? 32 : 0)
  );
}

/** A status as a number; -1 for an unknown one (null). */
export function statusCode(status: number | null): number {
  return status ?? -1;
}

export function statusAt(code: number | undefined): number | null {
  return code === undefined || code < 0 ? null : code;
}

export type CodedFields = Pick<
  RequestRow,
  | "source"
  | "protocol"
  | "scheme"
  | "category"
  | "appPool"
  | "isBackEndReason"
  | "showsReasons"
  | "hasUser"
  | "takesBearer"
  | "namesDevice"
> & { readonly textIndex: number };

/** Unpacks a number made by `requestCode`. */
export function fieldsOf(code: number): CodedFields {
  const flags = code % FLAGS;
  let rest = Math.floor(code / FLAGS);
  const appPool = poolAt(rest % POOL_COUNT);
  rest = Math.floor(rest / POOL_COUNT);
  const category = rest % CATEGORY_COUNT === 0 ? null : (CATEGORIES[(rest % CATEGORY_COUNT) - 1] ?? null);
  rest = Math.floor(rest / CATEGORY_COUNT);
  const scheme = SCHEMES[rest % SCHEME_COUNT] ?? "unknown";
  rest = Math.floor(rest / SCHEME_COUNT);
  const protocol = PROTOCOLS[rest % PROTOCOL_COUNT] ?? "other";
  rest = Math.floor(rest / PROTOCOL_COUNT);
  const source = REQUEST_SOURCES[rest % SOURCES] ?? "iis_front";
  return {
    source,
    protocol,
    scheme,
    category,
    appPool,
    isBackEndReason: (flags & 1) !== 0,
    showsReasons: (flags & 2) !== 0,
    hasUser: (flags & 8) !== 0 ? null : (flags & 4) !== 0,
    takesBearer: (flags & 16) !== 0,
    namesDevice: (flags & 32) !== 0,
    textIndex: Math.floor(rest / SOURCES),
  };
}
