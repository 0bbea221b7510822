import type { Schema } from "../../model/row.ts";
import {
  HAS_FULL_ROW,
  type FullRowColumns,
  type FullRowReason,
  type ScannedRequests,
  type ScannedUrl,
} from "../../model/row-scanner.ts";
import type { RowKinds } from "./row-kinds.ts";

/** More of them are looked up as rows: see `UnservedKinds`. */
const MAX_KINDS = 16;
const MAX_NAMES = 4_096;

/** By what rows of the same status and URL differ: in IIS sub-status and Win32 status, in HttpProxy status of the back end and scheme. */
interface ScannedKind {
  readonly status: number;
  readonly first: number;
  readonly second: number;
  readonly device: number;
  readonly reason: FullRowReason | null;
  readonly kind: number;
}

/** Finds the kinds of full rows that have the same schema and list of URLs from their columns, without an object for each row. */
export class ScannedKinds {
  readonly #kinds: RowKinds;
  /** The last kind of each URL code, and behind them those of rows with a 401. */
  readonly #last: (ScannedKind | undefined)[] = [];
  /** By a number for status and URL. */
  readonly #byName = new Map<number, ScannedKind[]>();

  constructor(kinds: RowKinds) {
    this.#kinds = kinds;
  }

  /** Number of the row's kind; -1 when the row must be taken as an object. */
  of(rows: ScannedRequests, columns: FullRowColumns, index: number): number {
    return rows.source === "http_proxy" ? this.#ofProxy(rows, columns, index) : this.#ofIis(rows, columns, index);
  }

  #ofIis(rows: ScannedRequests, columns: FullRowColumns, index: number): number {
    const status = columns.statuses[index] ?? 0;
    const last = this.#last[lastAt(status, rows.urlCodes[index] ?? 0)];
    if (
      last !== undefined &&
      last.status === status &&
      last.first === columns.subStatuses[index] &&
      last.second === columns.win32Statuses[index] &&
      last.device === columns.devices[index]
    )
      return last.kind;
    const [first, second] = [columns.subStatuses[index] ?? -1, columns.win32Statuses[index] ?? -1];
    return this.#find(rows, index, { status, first, second, device: columns.devices[index] ?? 0, reason: null });
  }

  #ofProxy(rows: ScannedRequests, columns: FullRowColumns, index: number): number {
    const status = columns.statuses[index] ?? 0;
    const reason = columns.reasonOf(index);
    const last = this.#last[lastAt(status, rows.urlCodes[index] ?? 0)];
    if (
      last !== undefined &&
      last.status === status &&
      last.first === columns.backEndStatuses[index] &&
      last.second === rows.schemes[index] &&
      last.device === columns.devices[index] &&
      isSameReason(last.reason, reason)
    )
      return last.kind;
    const [first, second] = [columns.backEndStatuses[index] ?? 0, rows.schemes[index] ?? 0];
    return this.#find(rows, index, { status, first, second, device: columns.devices[index] ?? 0, reason });
  }

  #find(rows: ScannedRequests, index: number, row: Omit<ScannedKind, "kind">): number {
    const url = (rows.urlCodes[index] ?? 0) & ~HAS_FULL_ROW;
    const name = row.status * URL_CODES + url;
    const known = this.#byName.get(name);
    const found = known?.find(
      (one) =>
        one.first === row.first &&
        one.second === row.second &&
        one.device === row.device &&
        isSameReason(one.reason, row.reason),
    );
    if (found !== undefined) {
      this.#last[lastAt(row.status, url)] = found;
      return found.kind;
    }
    if (known === undefined ? this.#byName.size === MAX_NAMES : known.length === MAX_KINDS) return -1;
    const created = { ...row, kind: this.#kinds.of(rows.fullRow(index)) };
    this.#byName.set(name, [...(known ?? []), created]);
    return created.kind;
  }
}

function isSameReason(one: FullRowReason | null, other: FullRowReason | null): boolean {
  return one === other || (one?.category === other?.category && one?.isBackEnd === other?.isBackEnd);
}

/** Where the last kind of rows with that status and URL is remembered. */
function lastAt(status: number, urlCode: number): number {
  const url = urlCode & ~HAS_FULL_ROW;
  return status === 401 ? URL_CODES + url : url;
}

const URL_CODES = 256;

/** The kinds of the rows of all logs, by their schema and list of URLs. */
export class ScannedKindsOfLogs {
  readonly #kinds: RowKinds;
  readonly #known = new WeakMap<readonly ScannedUrl[], WeakMap<Schema, ScannedKinds>>();

  constructor(kinds: RowKinds) {
    this.#kinds = kinds;
  }

  of(urls: readonly ScannedUrl[], schema: Schema): ScannedKinds {
    let bySchema = this.#known.get(urls);
    if (bySchema === undefined) this.#known.set(urls, (bySchema = new WeakMap()));
    let kinds = bySchema.get(schema);
    if (kinds === undefined) bySchema.set(schema, (kinds = new ScannedKinds(this.#kinds)));
    return kinds;
  }
}
