import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { LRUCache } from "lru-cache";

const compress = promisify(gzip);

/** Smaller bodies are sent as they are. Bytes. */
const WORTH_COMPRESSING = 1024;
/** Bytes of pages that are kept, and the number of them. */
const MAX_KEPT = { maxSize: 64 * 1024 * 1024, max: 200 } as const;
/** A page is not rendered again while its rendering would take more than this share of the time. */
const MAX_SHARE = 1 / 20;
/** A page of the same state is not rendered again within this time, ms; later it is, for it shows ages. */
const FRESH_MS = 1_000;

/** A body, packed once however many clients take gzip. */
export class RenderedBody {
  readonly plain: Buffer;
  #zipped: Promise<Buffer> | null = null;

  constructor(body: string | Uint8Array) {
    this.plain = Buffer.from(body);
  }

  /** Null where packing is not worth it. */
  zipped(): Promise<Buffer> | null {
    if (this.plain.length >= WORTH_COMPRESSING) this.#zipped ??= compress(this.plain, { level: 5 });
    return this.#zipped;
  }
}

interface Kept {
  readonly body: RenderedBody;
  readonly revision: number;
  readonly atMs: number;
  /** What the rendering took. */
  readonly tookMs: number;
}

/** Pages that were rendered, so that however many ask for one, it is rendered once for each state of the daemon. */
export class RenderedPages {
  readonly #kept = new LRUCache<string, Kept>({ ...MAX_KEPT, sizeCalculation: ({ body }) => body.plain.length + 1 });
  readonly #revision: () => number;
  readonly #clock: () => number;

  /** `revision` changes with what the pages show; `clock` is monotonic, ms. */
  constructor(revision: () => number, clock: () => number = () => performance.now()) {
    this.#revision = revision;
    this.#clock = clock;
  }

  /** The page under `key`, rendered when there is none or an old one. */
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
