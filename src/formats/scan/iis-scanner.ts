import type { RowScanner, ScanRules, ScanTally, ServedRows, ServedUrl } from "../../model/row-scanner.ts";
import type { Schema } from "../../model/row.ts";
import { ColumnSchema } from "../column-schema.ts";
import { literal } from "../literals.ts";
import { NOISE } from "../noise.ts";
import { URL_PLACES, URL_PREFIXES, type UrlPlace } from "../url-place.ts";
import { IIS_SCANNER_WASM } from "./iis-scanner-wasm.ts";

/** What is used of WebAssembly, whose types are those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
      readonly scanIis: (from: number, end: number) => number;
      readonly scanHttpProxy: (from: number, end: number) => number;
    };
  };
};

// The memory's layout, as in source/iis-scanner.ts. Byte addresses.
const NUMBERS = 1024;
const [SINCE, UNTIL, HORIZON, COUNTED_LINES, COUNTED_BYTES, NOISE_LINES, NOISE_BYTES, LAST_AT, NEWEST_AT, OLDEST_ROW_AT, NEWEST_ROW_AT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
const FLAGS = 1112;
const [STOPPED_BECAUSE, ROW_COUNT, IS_BACK_END, FIELDS_WANTED, MOST_LINE_BYTES] = [0, 1, 2, 3, 4] as const;
const COLUMNS = 1152;
const SLOTS = 16;
const PROBE_AGENTS = 3072;
const PROBE_USERS = 3328;
const PROBE_PAGES = 3584;
const LITERAL_BYTES = 256;
const PREFIXES_OF_LETTER = 4096;
const PREFIX_TEXTS = 5120;
const PREFIX_LENGTHS = 7168;
const PREFIX_PLACES = 7232;
const MOST_PREFIXES = 64;
const PREFIX_BYTES = 32;
const PLAIN_PLACES = 7296;
const MOST_ROWS = 1024;
const ROW_AT = 16_384;
const ROW_CLIENT = 24_576;
const ROW_START = 32_768;
const ROW_PLACE = 36_864;
const INPUT = 196_608;
/** Readable bytes behind the input. */
const MARGIN = 64;
const PAGE_BYTES = 65_536;

/** More columns than a line of a scanner may have blanks. */
const MOST_COLUMNS = 100;
const FULL = 2;

/** A scanner of IIS logs with its own memory (2 MiB, or as much as the longest stretch loaded needs). */
export function createIisScanner(): RowScanner {
  return new LogScanner("iis");
}

/** As `createIisScanner`, of HttpProxy logs, of which it takes the noise alone. */
export function createHttpProxyScanner(): RowScanner {
  return new LogScanner("http_proxy");
}

class LogScanner implements RowScanner {
  readonly #format: "iis" | "http_proxy";
  readonly #urls: readonly ServedUrl[] = URL_PLACES.map(({ protocol, frontEndPool }) => ({ protocol, appPool: frontEndPool }));
  readonly #exports = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(IIS_SCANNER_WASM, "base64")), {}).exports;
  #memory = new Memory(this.#exports.memory.buffer);
  #start = 0;
  #end = 0;
  #schema: ColumnSchema | null = null;
  #plain: ReadonlySet<string> | null = null;

  constructor(format: "iis" | "http_proxy") {
    this.#format = format;
    const { bytes } = this.#memory;
    writeLiterals(bytes, PROBE_AGENTS, NOISE.agents);
    writeLiterals(bytes, PROBE_USERS, NOISE.users);
    writeLiterals(bytes, PROBE_PAGES, NOISE.pages);
    writePrefixes(bytes);
  }

  load(bytes: Uint8Array, start: number, end: number): void {
    const missing = INPUT + (end - start) + MARGIN - this.#memory.bytes.length;
    if (missing > 0) {
      this.#exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.#memory = new Memory(this.#exports.memory.buffer);
    }
    this.#memory.bytes.set(bytes.subarray(start, end), INPUT);
    this.#start = start;
    this.#end = end;
  }

  begin(schema: Schema, rules: ScanRules): boolean {
    if (!(schema instanceof ColumnSchema) || schema.format !== this.#format || !schema.isComplete || schema.fieldsWanted > MOST_COLUMNS) return false;
    const { numbers, flags } = this.#memory;
    numbers[SINCE] = rules.sinceMs;
    numbers[UNTIL] = rules.untilMs;
    numbers[HORIZON] = rules.horizonMs;
    flags[IS_BACK_END] = rules.place.isBackEnd ? 1 : 0;
    flags[MOST_LINE_BYTES] = rules.maxLineBytes;
    if (schema !== this.#schema) this.#takeSchema(schema);
    if (rules.plainProtocols !== this.#plain) this.#takePlain(rules.plainProtocols);
    return true;
  }

  scan(at: number): number {
    const { numbers, flags } = this.#memory;
    numbers.fill(0, COUNTED_LINES, LAST_AT);
    numbers[LAST_AT] = NaN;
    numbers[NEWEST_AT] = -Infinity;
    numbers[OLDEST_ROW_AT] = Infinity;
    numbers[NEWEST_ROW_AT] = -Infinity;
    flags[ROW_COUNT] = 0;
    const shift = INPUT - this.#start;
    const { scanIis, scanHttpProxy } = this.#exports;
    return (this.#format === "iis" ? scanIis : scanHttpProxy)(at + shift, this.#end + shift) - shift;
  }

  get isFull(): boolean {
    return this.#memory.flags[STOPPED_BECAUSE] === FULL;
  }

  get tally(): ScanTally {
    const { numbers } = this.#memory;
    return {
      countedLines: numbers[COUNTED_LINES] ?? 0,
      countedBytes: numbers[COUNTED_BYTES] ?? 0,
      noiseLines: numbers[NOISE_LINES] ?? 0,
      noiseBytes: numbers[NOISE_BYTES] ?? 0,
      lastAtMs: numbers[LAST_AT] ?? NaN,
      newestAtMs: numbers[NEWEST_AT] ?? NaN,
    };
  }

  get served(): ServedRows {
    const { numbers, flags, atMs, clients, starts, places } = this.#memory;
    return { count: flags[ROW_COUNT] ?? 0, atMs, clients, starts, places, urls: this.#urls, oldestAtMs: numbers[OLDEST_ROW_AT] ?? NaN, newestAtMs: numbers[NEWEST_ROW_AT] ?? NaN };
  }

  #takeSchema(schema: ColumnSchema): void {
    const { columns, flags } = this.#memory;
    columns.fill(-1);
    schema.slotOfColumn.forEach((slot, column) => {
      if (slot >= 0) columns[slot] = column;
    });
    flags[FIELDS_WANTED] = schema.fieldsWanted;
    this.#schema = schema;
  }

  #takePlain(protocols: ReadonlySet<string>): void {
    this.#urls.forEach(({ protocol }, place) => { this.#memory.bytes[PLAIN_PLACES + place] = protocols.has(protocol) ? 1 : 0; });
    this.#plain = protocols;
  }
}

/** Views of the scanner's memory; made anew when it grows. */
class Memory {
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  readonly flags: Int32Array;
  readonly columns: Int32Array;
  readonly atMs: Float64Array;
  readonly clients: Float64Array;
  readonly starts: Uint32Array;
  readonly places: Uint8Array;

  constructor(buffer: ArrayBuffer) {
    this.bytes = new Uint8Array(buffer);
    this.numbers = new Float64Array(buffer, NUMBERS, NEWEST_ROW_AT + 1);
    this.flags = new Int32Array(buffer, FLAGS, MOST_LINE_BYTES + 1);
    this.columns = new Int32Array(buffer, COLUMNS, SLOTS);
    this.atMs = new Float64Array(buffer, ROW_AT, MOST_ROWS);
    this.clients = new Float64Array(buffer, ROW_CLIENT, MOST_ROWS);
    this.starts = new Uint32Array(buffer, ROW_START, MOST_ROWS);
    this.places = new Uint8Array(buffer, ROW_PLACE, MOST_ROWS);
  }
}

function writeLiterals(memory: Uint8Array, at: number, texts: readonly string[]): void {
  const list = texts.flatMap((text) => [text.length, ...literal(text)]);
  if (list.length >= LITERAL_BYTES) throw new Error(`Cannot scan for ${texts.length} texts: they take ${list.length} bytes, ${LITERAL_BYTES - 1} at most are possible`);
  memory.set(list, at);
}

function writePrefixes(memory: Uint8Array): void {
  let index = 0;
  for (let letter = 0; letter < 256; letter++) {
    const known = URL_PREFIXES.filter(({ prefix }) => prefix[1] === letter);
    memory[PREFIXES_OF_LETTER + 2 * letter] = index;
    memory[PREFIXES_OF_LETTER + 2 * letter + 1] = known.length;
    for (const { prefix, place } of known) {
      if (index === MOST_PREFIXES || prefix.length > PREFIX_BYTES) throw new Error(`Cannot scan for the URL prefix "${String(prefix)}": it is too long, or one too many`);
      memory.set(prefix, PREFIX_TEXTS + PREFIX_BYTES * index);
      memory[PREFIX_LENGTHS + index] = prefix.length;
      memory[PREFIX_PLACES + index] = placeIndex(place);
      index += 1;
    }
  }
}

function placeIndex(place: UrlPlace): number {
  return URL_PLACES.indexOf(place);
}
