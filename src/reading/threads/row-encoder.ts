import type { Protocol } from "../../model/label-values.ts";
import {
  FULL_ROW_NUMBERS,
  HAS_FULL_ROW,
  type FullRowColumns,
  type ScannedRequests,
  type ScannedUrl,
} from "../../model/row-scanner.ts";
import type { LogKind, RequestRow, Row, RowPosition, WorkerRow } from "../../model/row.ts";
import type { RowSink } from "../row-sink.ts";
import {
  headOf,
  LISTED_HEAD,
  OTHER_LENGTH,
  poolIndex,
  requestCode,
  REQUEST_LENGTH,
  SERVED_HEAD,
  statusCode,
  STEP_END_LENGTH,
  TAG,
  WORKER_LENGTH,
} from "./row-layout.ts";

/** Rows of one file on their way from a reading thread to the main thread, for `RowDecoder`. See row-layout.ts for `numbers`. */
export interface RowStream {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Texts of the rows, without duplicates. */
  readonly texts: readonly string[];
  /** Rows of the rare kinds, as objects. */
  readonly others: readonly Row[];
  /** New lists of URLs for the batches. A thread sends each list once: these follow the lists it sent before. */
  readonly urlLists: readonly (readonly ScannedUrl[])[];
}

/** Initial capacity, in numbers. */
const FIRST_LENGTH = 32_768;
const FULL_OTHERS = 256;

/** Encodes rows into streams, for one file at a time. */
export class RowEncoder implements RowSink {
  readonly #protocolsSettledByOneLog: () => ReadonlySet<Protocol>;
  readonly #fullLength: number;
  readonly #isListed: () => boolean;
  #numbers = new Float64Array(FIRST_LENGTH);
  #length = 0;
  #texts: string[] = [];
  #textIndex = new Map<string, number>();
  #others: Row[] = [];
  #newUrlLists: (readonly ScannedUrl[])[] = [];
  readonly #urlIndex = new Map<readonly ScannedUrl[], number>();

  /**
   * `protocolsSettledByOneLog` returns those of the current file; `isListed`: whether the main thread keeps the rows of its scanner. A
   * stream of `fullLength` numbers is full.
   */
  constructor(
    protocolsSettledByOneLog: () => ReadonlySet<Protocol>,
    fullLength: number,
    isListed: () => boolean = () => false,
  ) {
    this.#protocolsSettledByOneLog = protocolsSettledByOneLog;
    this.#fullLength = fullLength;
    this.#isListed = isListed;
  }

  get isFull(): boolean {
    return this.#length >= this.#fullLength || this.#others.length >= FULL_OTHERS;
  }

  row(_server: string, row: Row, position: RowPosition): void {
    if (row.kind === "request") this.#request(row, position.offset);
    else if (row.kind === "worker") this.#worker(row, position.offset);
    else {
      this.#begin(OTHER_LENGTH);
      this.#add(headOf(TAG.other, this.#others.length), position.offset, row.atMs);
      this.#others.push(row);
    }
  }

  protocolsSettledByOneLog(_server: string, _log: LogKind): ReadonlySet<Protocol> {
    return this.#protocolsSettledByOneLog();
  }

  scanned(_server: string, rows: ScannedRequests, position: RowPosition): void {
    const { count } = rows;
    if (this.#isListed() && rows.source === "iis_front" && rows.fullRows !== null) {
      this.#listed(rows, rows.fullRows, position);
      return;
    }
    const fullRows = fullRowsOf(rows);
    const [startNumbers, placeNumbers] = [Math.ceil(count / 2), Math.ceil(count / 8)];
    this.#begin(SERVED_HEAD + 2 * count + startNumbers + 2 * placeNumbers);
    this.#add(
      headOf(TAG.served, 2 * this.#urlsOf(rows.urls) + (rows.source === "http_proxy" ? 1 : 0)),
      position.offset,
      count,
      rows.oldestAtMs,
      rows.newestAtMs,
      fullRows.length,
    );
    const numbers = this.#numbers;
    numbers.set(rows.atMs.subarray(0, count), this.#length);
    numbers.set(rows.clients.subarray(0, count), this.#length + count);
    this.#length += 2 * count;
    new Uint32Array(numbers.buffer, this.#length * 8, count).set(rows.starts.subarray(0, count));
    this.#length += startNumbers;
    new Uint8Array(numbers.buffer, this.#length * 8, count).set(rows.urlCodes.subarray(0, count));
    this.#length += placeNumbers;
    new Uint8Array(numbers.buffer, this.#length * 8, count).set(rows.schemes.subarray(0, count));
    this.#length += placeNumbers;
    for (const index of fullRows) this.#request(rows.fullRow(index), position.offset + (rows.starts[index] ?? 0));
  }

  #listed(rows: ScannedRequests, columns: FullRowColumns, position: RowPosition): void {
    const { count, atMs, clients, starts, urlCodes, oldestAtMs, newestAtMs } = rows;
    const [startNumbers, codeNumbers] = [Math.ceil(count / 2), Math.ceil(count / 8)];
    let fullRows = 0;
    for (let index = 0; index < count; index++) if (((urlCodes[index] ?? 0) & HAS_FULL_ROW) !== 0) fullRows += 1;
    const length = 2 * count + startNumbers + codeNumbers + fullRows * FULL_ROW_NUMBERS;
    this.#begin(LISTED_HEAD + length);
    const head = headOf(TAG.listed, this.#textOf(columns.schema.header));
    this.#add(head, position.offset, count, oldestAtMs, newestAtMs, length);
    const numbers = this.#numbers;
    let at = this.#length;
    numbers.set(atMs.subarray(0, count), at);
    numbers.set(clients.subarray(0, count), at + count);
    at += 2 * count;
    new Uint32Array(numbers.buffer, at * 8, count).set(starts.subarray(0, count));
    at += startNumbers;
    new Uint8Array(numbers.buffer, at * 8, count).set(urlCodes.subarray(0, count));
    at += codeNumbers;
    for (let index = 0; index < count; index++) {
      if (((urlCodes[index] ?? 0) & HAS_FULL_ROW) === 0) continue;
      numbers[at] = columns.statuses[index] ?? 0;
      numbers[at + 1] = columns.subStatuses[index] ?? 0;
      numbers[at + 2] = columns.win32Statuses[index] ?? 0;
      numbers[at + 3] = columns.requestKeys[index] ?? 0;
      numbers[at + 4] = columns.userAgentKeys[index] ?? 0;
      numbers[at + 5] = columns.idsKeys[index] ?? 0;
      numbers[at + 6] = columns.devices[index] ?? 0;
      at += FULL_ROW_NUMBERS;
    }
    this.#length = at;
  }

  advance(): void {
    // The main thread computes the watermark over all files.
  }

  /** Ends a step of the file; the next begins at `nextAtMs` (Unix ms). */
  stepEnd(nextAtMs: number): void {
    this.#begin(STEP_END_LENGTH);
    this.#add(headOf(TAG.stepEnd, 0), nextAtMs);
  }

  /** Returns the rows written since the last call. */
  take(): RowStream {
    const stream = {
      numbers: this.#numbers.slice(0, this.#length),
      texts: this.#texts,
      others: this.#others,
      urlLists: this.#newUrlLists,
    };
    this.#length = 0;
    this.#texts = [];
    this.#textIndex = new Map();
    this.#others = [];
    this.#newUrlLists = [];
    return stream;
  }

  #request(row: RequestRow, offset: number): void {
    this.#begin(REQUEST_LENGTH);
    const numbers = this.#numbers;
    let at = this.#length;
    numbers[at++] = headOf(TAG.request, requestCode(row, row.peerServer === "" ? 0 : this.#textOf(row.peerServer)));
    numbers[at++] = offset;
    numbers[at++] = row.atMs;
    numbers[at++] = row.requestKey;
    numbers[at++] = row.status;
    numbers[at++] = statusCode(row.subStatus);
    numbers[at++] = statusCode(row.win32Status);
    numbers[at++] = row.backEndStatus;
    numbers[at++] = row.ipKey;
    numbers[at++] = row.userAgentKey;
    numbers[at++] = row.idsKey;
    numbers[at++] = row.processId;
    this.#length = at;
  }

  #worker(row: WorkerRow, offset: number): void {
    this.#begin(WORKER_LENGTH);
    this.#add(headOf(TAG.worker, poolIndex(row.appPool)), offset, row.atMs, row.processId);
  }

  /** Number of a text, counted from 1. */
  #textOf(text: string): number {
    const known = this.#textIndex.get(text);
    if (known !== undefined) return known;
    const index = this.#texts.push(text);
    this.#textIndex.set(text, index);
    return index;
  }

  #urlsOf(urls: readonly ScannedUrl[]): number {
    const known = this.#urlIndex.get(urls);
    if (known !== undefined) return known;
    const index = this.#urlIndex.size;
    this.#urlIndex.set(urls, index);
    this.#newUrlLists.push(urls);
    return index;
  }

  /** Makes room for an entry of `length` numbers. */
  #begin(length: number): void {
    if (this.#length + length <= this.#numbers.length) return;
    const larger = new Float64Array(Math.max(2 * this.#numbers.length, this.#length + length));
    larger.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = larger;
  }

  #add(...numbers: readonly number[]): void {
    for (const number of numbers) this.#numbers[this.#length++] = number;
  }
}

function fullRowsOf({ count, urlCodes }: ScannedRequests): number[] {
  const fullRows: number[] = [];
  for (let index = 0; index < count; index++) if (((urlCodes[index] ?? 0) & HAS_FULL_ROW) !== 0) fullRows.push(index);
  return fullRows;
}
