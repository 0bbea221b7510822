import { METRICS } from "../../catalogue/metrics.ts";
import type { AppPool } from "../../model/app-pool.ts";
import type { CountListener } from "../counters.ts";
import type { Engine } from "../create-engine.ts";
import { HistoryJournal } from "./history-journal.ts";

/** Between two looks at the workers (event time). */
const LOOK_EVERY_MS = 30 * 60_000;
/** The engine keeps Bearer traffic by the minute for six hours: a worker's first token is looked for so long. */
const LOOK_BACK_MS = 330 * 60_000;

const HISTOGRAMS = new Set<string>(
  METRICS.filter((metric) => metric.type === "histogram").map((metric) => metric.name),
);

/** What the engine counts and forgets, kept with its times while logs are read. */
export class HistoryRecorder {
  readonly journal = new HistoryJournal();
  /** To be given to the engine. */
  readonly listener: CountListener = this.journal.listener((metric) => HISTOGRAMS.has(metric));
  readonly #firstBearers = new Map<string, number>();
  #lookedMs = -Infinity;

  /** Looks at what the engine will have forgotten at the end. Called with each watermark, and with Infinity at the end. */
  observe(engine: Engine, watermarkMs: number): void {
    if (watermarkMs - this.#lookedMs < LOOK_EVERY_MS) return;
    const fromMs = Math.min(this.#lookedMs, watermarkMs) - LOOK_BACK_MS;
    this.#lookedMs = watermarkMs;
    for (const server of engine.servers) {
      for (const { appPool, atMs } of server.workers.recycles()) {
        if (atMs < fromMs || atMs > watermarkMs) continue;
        const key = workerKey(server.name, appPool, atMs);
        if (this.#firstBearers.has(key)) continue;
        const firstMs = server.pools.get(appPool)?.timeline.firstBearerSince(atMs) ?? null;
        if (firstMs !== null) this.#firstBearers.set(key, firstMs);
      }
    }
  }

  /** The first token that the worker was given which started at `startMs`; null when none is known. */
  firstBearerOf(server: string, appPool: AppPool, startMs: number): number | null {
    return this.#firstBearers.get(workerKey(server, appPool, startMs)) ?? null;
  }
}

function workerKey(server: string, appPool: AppPool, startMs: number): string {
  return `${server} ${appPool} ${startMs}`;
}
