import { HAS_FULL_ROW, type KeepingServer, type RowScanner, type ScannedUrl } from "../../model/row-scanner.ts";
import type { RequestRow, RowPosition, Schema } from "../../model/row.ts";
import type { RowSink } from "../row-sink.ts";
import {
  fieldsOf,
  LISTED_HEAD,
  OTHER_LENGTH,
  poolAt,
  REQUEST_LENGTH,
  restOf,
  SERVED_HEAD,
  statusAt,
  STEP_END_LENGTH,
  TAG,
  tagOf,
  WORKER_LENGTH,
} from "./row-layout.ts";
import type { RowStream } from "./row-encoder.ts";

/** A part of a stream. `urlLists`: all lists received so far from the thread that wrote it. */
interface StreamPart {
  readonly stream: RowStream;
  readonly urlLists: readonly (readonly ScannedUrl[])[];
}

/** A scanner of this thread that keeps the rows which a scanner of the other thread has listed. */
export interface RowKeeper {
  readonly scanner: RowScanner;
  readonly server: KeepingServer;
  readonly schemaFrom: (header: string) => Schema | null;
}

/** The file of a stream. */
export interface DecodedFile {
  readonly server: string;
  readonly fileKey: number;
  readonly keeper: RowKeeper | null;
}

/** Hands the rows of one file's stream to a sink, step by step, with the same calls as the reader in the other thread made. */
export class RowDecoder {
  readonly #server: string;
  readonly #fileKey: number;
  readonly #keeper: RowKeeper | null;
  readonly #sink: RowSink;
  readonly #stream: RowStream;
  readonly #urlLists: readonly (readonly ScannedUrl[])[];
  #at = 0;

  constructor(file: DecodedFile, { stream, urlLists }: StreamPart, sink: RowSink) {
    this.#server = file.server;
    this.#fileKey = file.fileKey;
    this.#keeper = file.keeper;
    this.#stream = stream;
    this.#urlLists = urlLists;
    this.#sink = sink;
  }

  /** Hands on rows up to the end of the step. Returns the begin of the next step (Unix ms); null when the stream ends before. */
  play(): number | null {
    const { numbers } = this.#stream;
    while (this.#at < numbers.length) {
      const head = numbers[this.#at] ?? 0;
      switch (tagOf(head)) {
        case TAG.request: {
          const row = this.#requestAt(this.#at);
          this.#sink.row(this.#server, row, this.#positionOf());
          this.#at += REQUEST_LENGTH;
          break;
        }
        case TAG.worker:
          this.#sink.row(
            this.#server,
            { kind: "worker", atMs: this.#number(2), appPool: poolAt(restOf(head)), processId: this.#number(3) },
            this.#positionOf(),
          );
          this.#at += WORKER_LENGTH;
          break;
        case TAG.other:
          this.#other(restOf(head));
          break;
        case TAG.served:
          this.#served(restOf(head));
          break;
        case TAG.listed:
          this.#listed(restOf(head));
          break;
        default:
          this.#at += STEP_END_LENGTH;
          return numbers[this.#at - 1] ?? 0;
      }
    }
    return null;
  }

  #requestAt(at: number): RequestRow {
    const { numbers } = this.#stream;
    const fields = fieldsOf(restOf(numbers[at] ?? 0));
    return {
      kind: "request",
      source: fields.source,
      atMs: numbers[at + 2] ?? 0,
      requestKey: numbers[at + 3] ?? 0,
      protocol: fields.protocol,
      appPool: fields.appPool,
      scheme: fields.scheme,
      status: numbers[at + 4] ?? 0,
      subStatus: statusAt(numbers[at + 5]),
      win32Status: statusAt(numbers[at + 6]),
      backEndStatus: numbers[at + 7] ?? 0,
      category: fields.category,
      isBackEndReason: fields.isBackEndReason,
      showsReasons: fields.showsReasons,
      hasUser: fields.hasUser,
      takesBearer: fields.takesBearer,
      namesDevice: fields.namesDevice,
      ipKey: numbers[at + 8] ?? 0,
      userAgentKey: numbers[at + 9] ?? 0,
      idsKey: numbers[at + 10] ?? 0,
      processId: numbers[at + 11] ?? 0,
      peerServer: fields.textIndex === 0 ? "" : (this.#stream.texts[fields.textIndex - 1] ?? ""),
    };
  }

  #other(index: number): void {
    const row = this.#stream.others[index];
    const position = this.#positionOf();
    this.#at += OTHER_LENGTH;
    if (row !== undefined) this.#sink.row(this.#server, row, position);
  }

  #served(code: number): void {
    const { buffer } = this.#stream.numbers;
    const position = this.#positionOf();
    const count = this.#number(2);
    const [oldestAtMs, newestAtMs] = [this.#number(3), this.#number(4)];
    const columns = this.#at + SERVED_HEAD;
    const startsAt = columns + 2 * count;
    const urlCodesAt = startsAt + Math.ceil(count / 2);
    const schemesAt = urlCodesAt + Math.ceil(count / 8);
    const fullRowsAt = schemesAt + Math.ceil(count / 8);
    const fullRowCount = this.#number(5);
    const urlCodes = new Uint8Array(buffer, urlCodesAt * 8, count);
    const ordinals = fullRowCount === 0 ? NO_ORDINALS : ordinalsOf(urlCodes);
    this.#at = fullRowsAt + fullRowCount * REQUEST_LENGTH;
    this.#sink.scanned?.(
      this.#server,
      {
        source: code % 2 === 1 ? "http_proxy" : "iis_front",
        count,
        atMs: new Float64Array(buffer, columns * 8, count),
        clients: new Float64Array(buffer, (columns + count) * 8, count),
        starts: new Uint32Array(buffer, startsAt * 8, count),
        urlCodes,
        schemes: new Uint8Array(buffer, schemesAt * 8, count),
        urls: this.#urlLists[Math.floor(code / 2)] ?? [],
        kept: null,
        fullRows: null,
        fullRow: (index) => this.#requestAt(fullRowsAt + (ordinals[index] ?? 0) * REQUEST_LENGTH),
        oldestAtMs,
        newestAtMs,
      },
      position,
    );
  }

  #listed(header: number): void {
    const position = this.#positionOf();
    const [count, oldestAtMs, newestAtMs, length] = [
      this.#number(2),
      this.#number(3),
      this.#number(4),
      this.#number(5),
    ];
    const columns = this.#at + LISTED_HEAD;
    this.#at = columns + length;
    const schema = this.#keeper?.schemaFrom(this.#stream.texts[header - 1] ?? "") ?? null;
    if (this.#keeper === null || schema === null) throw new Error("Cannot take listed rows: no scanner keeps them");
    const { scanner, server } = this.#keeper;
    const numbers = this.#stream.numbers.subarray(columns, this.#at);
    const rows = { schema, offset: position.offset, count, numbers, oldestAtMs, newestAtMs };
    const keeping = { fileKey: this.#fileKey, server };
    for (let at = 0; at < count;) {
      at = scanner.replay(rows, at, keeping);
      this.#sink.scanned?.(this.#server, scanner.scanned, position);
    }
  }

  #positionOf(): RowPosition {
    return { fileKey: this.#fileKey, offset: this.#number(1) };
  }

  #number(index: number): number {
    return this.#stream.numbers[this.#at + index] ?? 0;
  }
}

const NO_ORDINALS = new Uint32Array(0);

/** For each row, the number of full rows before it. */
function ordinalsOf(urlCodes: Uint8Array): Uint32Array {
  const ordinals = new Uint32Array(urlCodes.length);
  let fullRows = 0;
  for (const [index, urlCode] of urlCodes.entries()) {
    ordinals[index] = fullRows;
    if ((urlCode & HAS_FULL_ROW) !== 0) fullRows += 1;
  }
  return ordinals;
}
