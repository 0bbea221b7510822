import { Transform, type TransformCallback } from "node:stream";

/** Longer lines are neither markers nor parts of a reply: their bytes are counted and dropped. */
const LINE_LIMIT = 16_384;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface LineSieveOptions {
  /** Returns true for a line that is passed on, with LF as its end. */
  readonly passesOn: (line: string) => boolean;
  /** Receives every other line, without its line end. */
  readonly onLine: (line: string) => void;
  /** Receives the number of bytes so far, after each chunk. */
  readonly onBytes: (total: number) => void;
}

/**
 * Splits a stream of any size into lines and passes few of them on, in bounded memory. So node-powershell searches only these lines for its
 * delimiters: its growing buffer stays small, and it never sees CRLF. A last line without a line end is dropped, because its writer died.
 */
export class LineSieve extends Transform {
  readonly #options: LineSieveOptions;
  #pending: Buffer[] = [];
  #pendingLength = 0;
  #total = 0;

  constructor(options: LineSieveOptions) {
    super();
    this.#options = options;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#total += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    this.#options.onBytes(this.#total);
    done();
  }

  #add(part: Buffer): void {
    this.#pendingLength += part.length;
    if (this.#pendingLength > LINE_LIMIT) this.#pending = [];
    else if (part.length > 0) this.#pending.push(part);
  }

  #endLine(): void {
    const bytes = Buffer.concat(this.#pending);
    const isKept = this.#pendingLength <= LINE_LIMIT;
    this.#pending = [];
    this.#pendingLength = 0;
    if (!isKept || bytes.length === 0) return;
    const line = bytes.toString("utf8", 0, bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length);
    if (this.#options.passesOn(line)) this.push(`${line}\n`);
    else this.#options.onLine(line);
  }
}
