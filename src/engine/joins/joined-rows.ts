import type { FullRowColumns, ScannedRequests } from "../../model/row-scanner.ts";
import { combineKeys } from "../../model/text-key.ts";
import { forcedAt } from "../accept-row.ts";
import type { Engine } from "../create-engine.ts";
import type { Batch } from "../requests/kept-rows.ts";
import { stepOf } from "../requests/proxy-coverage.ts";
import type { RequestKind, ServerState } from "../server-state.ts";
import { judgeArrived, newKindOfRequest } from "./judge-waiting.ts";
import type { ScannedKinds } from "./scanned-kinds.ts";
import {
  CODES,
  FILE_KEY,
  HTTP_PROXY,
  HTTP_PROXY_KIND,
  IIS,
  IIS_KIND,
  NO_REQUEST,
  NUMBERS,
  OFFSET,
  ROW_ADDRESS,
  ROW_AGENT,
  ROW_AT,
  ROW_IDS,
  SERVER,
} from "./waiting-requests.ts";

/**
 * The rows of one batch of a front-end log that wait for the row of the other front-end log or of the back end. They are joined and judged
 * from the columns of the batch, without an object for each row, its request and its result.
 */
export class JoinedRows {
  readonly #engine: Engine;
  readonly #server: ServerState;
  readonly #rows: ScannedRequests;
  readonly #columns: FullRowColumns;
  readonly #kinds: ScannedKinds;
  readonly #isIis: boolean;
  readonly #slot: typeof IIS | typeof HTTP_PROXY;
  readonly #fileKey: number;
  /** Step and status of the row that the coverage of the log noted last: further ones change nothing. */
  #coveredStep = 0;
  #coveredStatus = 0;

  private constructor({ engine, server, rows }: Batch, columns: FullRowColumns, fileKey: number) {
    this.#engine = engine;
    this.#server = server;
    this.#rows = rows;
    this.#columns = columns;
    this.#kinds = engine.scannedKinds.of(rows.urls, columns.schema);
    this.#isIis = rows.source === "iis_front";
    this.#slot = this.#isIis ? IIS : HTTP_PROXY;
    this.#fileKey = fileKey;
  }

  /** Null when all rows of the batch must go through `acceptRow()`. */
  static of(batch: Batch, fileKey: number): JoinedRows | null {
    const { fullRows } = batch.rows;
    if (batch.engine.options.mode === "live" || fullRows === null) return null;
    return new JoinedRows(batch, fullRows, fileKey);
  }

  /**
   * Takes a full row whose line begins at that offset in the file, with the same result as `acceptRow()`. False when the row must go
   * through that: nothing has changed then.
   */
  take(index: number, offset: number): boolean {
    const key = this.#columns.requestKeys[index] ?? 0;
    if (key === 0) return false;
    const rowKind = this.#kinds.of(this.#rows, this.#columns, index);
    if (rowKind < 0) return false;
    if (!this.#kindAlone(rowKind).isWaiting) return false;
    const { table } = this.#engine;
    const known = table.waiting.find(key);
    if (known === NO_REQUEST) return this.#takeFirst(index, rowKind, offset);
    const codesAt = known * CODES;
    const { codes } = table.waiting;
    // The front end of another server logged the same id: this is another request.
    if (codes[codesAt + SERVER] !== this.#server.index) return false;
    this.#noteCoverage(index);
    // The same log already has a row with this id: a copy of the row, which must not count again.
    if (codes[codesAt + (this.#isIis ? IIS_KIND : HTTP_PROXY_KIND)] !== -1) return true;
    this.#setRow(known, index, rowKind);
    if (!this.#isIis) this.#setPosition(known, offset);
    this.#engine.revision += 1;
    judgeArrived(this.#engine, known, this.#slot);
    return true;
  }

  /** The kind of a request of which only a row of that kind is known. */
  #kindAlone(rowKind: number): RequestKind {
    const iis = this.#isIis ? rowKind : -1;
    const httpProxy = this.#isIis ? -1 : rowKind;
    const known = this.#server.requestKinds.get(iis, httpProxy);
    return known ?? newKindOfRequest(this.#engine, this.#server, [iis, httpProxy]);
  }

  /** Takes the first row of a request, unless the request is known otherwise. */
  #takeFirst(index: number, rowKind: number, offset: number): boolean {
    const { table, completedRequestIds } = this.#engine;
    const key = this.#columns.requestKeys[index] ?? 0;
    if (!table.isNew(key)) return false;
    if (completedRequestIds.has(combineKeys(key, this.#server.index))) {
      this.#noteCoverage(index);
      return true;
    }
    const added = table.addWaiting(key, this.#server.index, this.#rows.atMs[index] ?? 0);
    if (added === NO_REQUEST) return false;
    this.#noteCoverage(index);
    this.#setRow(added, index, rowKind);
    this.#setPosition(added, offset);
    this.#engine.revision += 1;
    // Judging another one would change nothing.
    if (this.#kindAlone(rowKind).isClear) judgeArrived(this.#engine, added, this.#slot);
    if (table.isTooFull) table.makeRoom(forcedAt(this.#engine, this.#rows.atMs[index] ?? 0));
    return true;
  }

  #noteCoverage(index: number): void {
    if (this.#isIis) return;
    const { urls, urlCodes, atMs } = this.#rows;
    const status = this.#columns.statuses[index] ?? 0;
    const step = stepOf(atMs[index] ?? 0);
    if (step === this.#coveredStep && status === this.#coveredStatus) return;
    this.#coveredStep = step;
    this.#coveredStatus = status;
    // Rows of one HttpProxy log have the protocol of its folder.
    const protocol = urls[(urlCodes[index] ?? 0) & URL_BITS]?.protocol ?? "other";
    this.#server.coverage.note(protocol, status, atMs[index] ?? 0);
  }

  #setRow(request: number, index: number, rowKind: number): void {
    const { numbers, codes } = this.#engine.table.waiting;
    const { userAgentKeys, idsKeys } = this.#columns;
    const at = request * NUMBERS + this.#slot;
    numbers[at + ROW_AT] = this.#rows.atMs[index] ?? 0;
    numbers[at + ROW_ADDRESS] = this.#rows.clients[index] ?? 0;
    numbers[at + ROW_AGENT] = userAgentKeys[index] ?? 0;
    numbers[at + ROW_IDS] = idsKeys[index] ?? 0;
    codes[request * CODES + (this.#isIis ? IIS_KIND : HTTP_PROXY_KIND)] = rowKind;
  }

  #setPosition(request: number, offset: number): void {
    const { numbers } = this.#engine.table.waiting;
    numbers[request * NUMBERS + FILE_KEY] = this.#fileKey;
    numbers[request * NUMBERS + OFFSET] = offset;
  }
}

/** The bits of a URL code that are an index of `ScannedRequests.urls`. */
const URL_BITS = 63;
