import type { Protocol } from "../../model/label-values.ts";
import { createCursor } from "../once/create-cursor.ts";
import { createScanners, NO_SCANNERS, type ScannerOf } from "../once/create-scanners.ts";
import type { FarmCursor, FarmReadingTools } from "../once/farm-cursors.ts";
import { Windows } from "../once/file-window.ts";
import { fileError } from "../file-error.ts";
import type { LogKnowledge } from "../log-knowledge.ts";
import { OpenFiles } from "../open-files.ts";
import { bufferBytes, createReadBuffer } from "../read-size.ts";
import { RowEncoder } from "./row-encoder.ts";
import type { FilePart, PartRequest, ThreadFile, ThreadRules } from "./thread-messages.ts";

/** A part ends after this many bytes of log even when it has few rows, so that the main thread does not wait for long. */
const PART_BYTES = 1_048_576;

interface OpenFile {
  readonly cursor: FarmCursor;
  readonly protocolsSettledByOneLog: ReadonlySet<Protocol>;
  readonly isKept: boolean;
}

/** Reads files in parts. Each part goes on where the last one ended, and ends when it has enough rows or bytes. */
export class PartReader {
  readonly #knowledge: LogKnowledge;
  readonly #rules: ThreadRules;
  readonly #encoder: RowEncoder;
  readonly #tools: FarmReadingTools;
  readonly #scanners: ScannerOf;
  readonly #files = new Map<number, OpenFile>();
  /** Equal sets are shared: a scanner takes another Set object for other rules. */
  readonly #protocolSets = new Map<string, ReadonlySet<Protocol>>();
  #plain: ReadonlySet<Protocol> = new Set();
  #isKept = false;
  /** Bytes read from the disk and not yet reported. */
  #bytes = 0;
  #fault: string | null = null;

  constructor(knowledge: LogKnowledge, rules: ThreadRules) {
    this.#knowledge = knowledge;
    this.#rules = rules;
    this.#encoder = new RowEncoder(
      () => this.#plain,
      rules.partNumbers,
      () => this.#isKept,
    );
    this.#tools = {
      buffer: createReadBuffer(bufferBytes(rules.maxLineBytes)),
      openFiles: new OpenFiles(rules.maxOpenFiles),
      windows: new Windows(),
      maxAheadMs: rules.maxAheadMs,
      onBytes: (bytes) => {
        this.#bytes += bytes;
      },
      onError: ({ file }, error) => {
        this.#fault = fileError(file.server, file.relPath, error).message;
      },
      goesOn: () => Promise.resolve(true),
    };
    this.#scanners = rules.takesServed ? createScanners(knowledge) : NO_SCANNERS;
  }

  /** Reads the next part of a file; null when it was read to its end before. One call at a time. */
  async read({ file, opens }: PartRequest): Promise<FilePart | null> {
    const open = opens === null ? this.#files.get(file) : this.#open(file, opens);
    if (open === undefined) return null;
    this.#plain = open.protocolsSettledByOneLog;
    this.#isKept = open.isKept;
    const { cursor } = open;
    const from = cursor.reader.offset;
    for (;;) {
      const end = await cursor.readChunk();
      if (end === "step") this.#encoder.stepEnd(cursor.key);
      if (end === "file") return this.#last(file, cursor);
      if (this.#encoder.isFull || cursor.reader.offset - from >= PART_BYTES)
        return { file, stream: this.#encoder.take(), bytes: this.#takeBytes(), end: null };
    }
  }

  #open(index: number, file: ThreadFile): OpenFile {
    const { sinceMs, untilMs, maxLineBytes } = this.#rules;
    const cursor = createCursor(file, {
      knowledge: this.#knowledge,
      sink: this.#encoder,
      range: { sinceMs, untilMs },
      maxLineBytes,
      tools: this.#tools,
      scanners: this.#scanners,
    });
    const protocolsSettledByOneLog = this.#setOf(file.protocolsSettledByOneLog ?? []);
    const open = { cursor, protocolsSettledByOneLog, isKept: file.isKept };
    this.#files.set(index, open);
    return open;
  }

  #last(file: number, cursor: FarmCursor): FilePart {
    this.#files.delete(file);
    const fault = this.#fault;
    this.#fault = null;
    return {
      file,
      stream: this.#encoder.take(),
      bytes: this.#takeBytes(),
      end: { stats: cursor.stats(this.#rules.readAtMs), fault },
    };
  }

  /** Gzip files are read ahead between parts: their bytes are reported with the next part of any file. */
  #takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  #setOf(protocols: readonly Protocol[]): ReadonlySet<Protocol> {
    const key = protocols.join(" ");
    const known = this.#protocolSets.get(key) ?? new Set(protocols);
    this.#protocolSets.set(key, known);
    return known;
  }
}
