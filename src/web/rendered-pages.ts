import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import type { Express } from "express";
import { LRUCache } from "lru-cache";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

const compressLater = promisify(gzip);

/** Smaller bodies are sent uncompressed. Bytes. */
export const WORTH_COMPRESSING = 1024;
/** Larger bodies are compressed by another thread. Handing over smaller ones costs more time than compressing takes. Bytes. */
export const MAX_AT_ONCE = 512 * 1024;
/** The fastest: metrics and pages repeat themselves so much that slower ones save a tenth at most. */
export const ZIP_LEVEL = { level: 1 } as const;
/** Maximum size (bytes) and number of stored pages. */
const MAX_KEPT = { maxSize: 64 * 1024 * 1024, max: 200 } as const;
/** Rendering a page may take at most this share of the time; until then the stored page is sent. */
const MAX_SHARE = 1 / 20;
/** A page of the same state is rendered again after this time, ms, because it shows ages. */
const FRESH_MS = 1_000;

/** The body of an answer. */
export interface Body {
  readonly plain: Buffer;
  /** The body in gzip format; null if compression does not pay. */
  zipped(): Promise<Buffer> | null;
}

/** A body that is compressed at most once for all clients that accept gzip. */
export class RenderedBody implements Body {
  readonly plain: Buffer;
  #zipped: Promise<Buffer> | null = null;

  constructor(body: string | Uint8Array) {
    this.plain = Buffer.from(body);
  }

  zipped(): Promise<Buffer> | null {
    const { plain } = this;
    if (plain.length < WORTH_COMPRESSING) return null;
    this.#zipped ??=
      plain.length <= MAX_AT_ONCE ? Promise.resolve(gzipSync(plain, ZIP_LEVEL)) : compressLater(plain, ZIP_LEVEL);
    return this.#zipped;
  }
}

interface Kept {
  readonly body: RenderedBody;
  readonly revision: number;
  readonly atMs: number;
  /** Duration of the rendering, ms. */
  readonly tookMs: number;
}

/** Stores rendered pages, so that a page is rendered once per state of the daemon for any number of requests. */
export class RenderedPages {
  readonly #kept = new LRUCache<string, Kept>({ ...MAX_KEPT, sizeCalculation: ({ body }) => body.plain.length + 1 });
  readonly #revision: () => number;
  readonly #clock: () => number;

  /** `revision` changes when the content of the pages changes; `clock` is monotonic, ms. */
  constructor(revision: () => number, clock: () => number = () => performance.now()) {
    this.#revision = revision;
    this.#clock = clock;
  }

  /** The page under `key`; renders it if it is not stored or outdated. */
  get(key: string, render: () => string | Uint8Array): RenderedBody {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#isFresh(kept)) return kept.body;
    const revision = this.#revision();
    const startedMs = this.#clock();
    const body = new RenderedBody(render());
    const atMs = this.#clock();
    this.#kept.set(key, { body, revision, atMs, tookMs: atMs - startedMs });
    return body;
  }

  #isFresh({ revision, atMs, tookMs }: Kept): boolean {
    const age = this.#clock() - atMs;
    return age < tookMs / MAX_SHARE || (revision === this.#revision() && age < FRESH_MS);
  }
}

/** Shared by the routes of the pages. */
export interface PageParts {
  readonly app: Express;
  readonly queries: WebQueries;
  readonly options: WebOptions;
  readonly pages: RenderedPages;
}
