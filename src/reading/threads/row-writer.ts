import type { Protocol } from "../../model/label-values.ts";
import { IS_TOLD, type ServedRows, type ServedUrl } from "../../model/row-scanner.ts";
import type { LogPlace, RequestRow, Row, RowPlace, WorkerRow } from "../../model/row.ts";
import type { RowSink } from "../row-sink.ts";
import {
  headOf,
  OTHER_LENGTH,
  poolIndex,
  requestCode,
  REQUEST_LENGTH,
  SERVED_HEAD,
  statusCode,
  STEP_END_LENGTH,
  TAG,
  WORKER_LENGTH,
} from "./row-codes.ts";

/** Rows of one file as they go from thread to thread: numbers, and what is none. Read by `RowPlayer`. */
export interface RowStream {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Texts of the rows, each once. */
  readonly texts: readonly string[];
  /** Rows of the rarer kinds. */
  readonly others: readonly Row[];
  /** What the places of served rows stand for. Lists come once a thread: the next ones after those sent before. */
  readonly urlLists: readonly (readonly ServedUrl[])[];
}

/** Numbers for which there is room at first. */
const FIRST_LENGTH = 32_768;
const FULL_OTHERS = 256;

/** Writes the rows of one file at a time into streams. */
export class RowWriter implements RowSink {
  readonly #plainProtocols: () => ReadonlySet<Protocol>;
  readonly #fullLength: number;
  #numbers = new Float64Array(FIRST_LENGTH);
  #length = 0;
  #texts: string[] = [];
  #textIndex = new Map<string, number>();
  #others: Row[] = [];
  #newUrlLists: (readonly ServedUrl[])[] = [];
  readonly #urlIndex = new Map<readonly ServedUrl[], number>();

  /** `plainProtocols` tells those of the file whose rows are being written; a stream of `fullLength` numbers is full. */
  constructor(plainProtocols: () => ReadonlySet<Protocol>, fullLength: number) {
    this.#plainProtocols = plainProtocols;
    this.#fullLength = fullLength;
  }

  get isFull(): boolean {
    return this.#length >= this.#fullLength || this.#others.length >= FULL_OTHERS;
  }

  row(_server: string, row: Row, place: RowPlace): void {
    if (row.kind === "request") this.#request(row, place.offset);
    else if (row.kind === "worker") this.#worker(row, place.offset);
    else {
      this.#begin(OTHER_LENGTH);
      this.#add(headOf(TAG.other, this.#others.length), place.offset, row.atMs);
      this.#others.push(row);
    }
  }

  plainProtocols(_server: string, _place: LogPlace): ReadonlySet<Protocol> {
    return this.#plainProtocols();
  }

  served(_server: string, rows: ServedRows, place: RowPlace): void {
    const { count } = rows;
    const told = toldOf(rows);
    const [startNumbers, placeNumbers] = [Math.ceil(count / 2), Math.ceil(count / 8)];
    this.#begin(SERVED_HEAD + 2 * count + startNumbers + 2 * placeNumbers);
    this.#add(
      headOf(TAG.served, 2 * this.#urlsOf(rows.urls) + (rows.source === "http_proxy" ? 1 : 0)),
      place.offset,
      count,
      rows.oldestAtMs,
      rows.newestAtMs,
      told.length,
    );
    const numbers = this.#numbers;
    numbers.set(rows.atMs.subarray(0, count), this.#length);
    numbers.set(rows.clients.subarray(0, count), this.#length + count);
    this.#length += 2 * count;
    new Uint32Array(numbers.buffer, this.#length * 8, count).set(rows.starts.subarray(0, count));
    this.#length += startNumbers;
    new Uint8Array(numbers.buffer, this.#length * 8, count).set(rows.places.subarray(0, count));
    this.#length += placeNumbers;
    new Uint8Array(numbers.buffer, this.#length * 8, count).set(rows.schemes.subarray(0, count));
    this.#length += placeNumbers;
    for (const index of told) this.#request(rows.told(index), place.offset + (rows.starts[index] ?? 0));
  }

  advance(): void {
    // The watermark is that of all files, of which this knows one.
  }

  /** A step of the file ends; the next begins at `nextAtMs`. */
  stepEnd(nextAtMs: number): void {
    this.#begin(STEP_END_LENGTH);
    this.#add(headOf(TAG.stepEnd, 0), nextAtMs);
  }

  /** What was written since the last call. */
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

  /** Index of a text, from 1 on. */
  #textOf(text: string): number {
    const known = this.#textIndex.get(text);
    if (known !== undefined) return known;
    const index = this.#texts.push(text);
    this.#textIndex.set(text, index);
    return index;
  }

  #urlsOf(urls: readonly ServedUrl[]): number {
    const known = this.#urlIndex.get(urls);
    if (known !== undefined) return known;
    const index = this.#urlIndex.size;
    this.#urlIndex.set(urls, index);
    this.#newUrlLists.push(urls);
    return index;
  }

  /** Makes room for an entry of that many numbers. */
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

function toldOf({ count, places }: ServedRows): number[] {
  const told: number[] = [];
  for (let index = 0; index < count; index++) if (((places[index] ?? 0) & IS_TOLD) !== 0) told.push(index);
  return told;
}
