import { METRICS } from "../../catalogue/metrics.ts";
import type { AppPool } from "../../model/app-pool.ts";
import type { CountListener } from "../counters.ts";
import type { Engine } from "../create-engine.ts";
import { HistoryJournal } from "./history-journal.ts";

/** Interval of reading the workers' first tokens from the engine, ms of event time. */
const LOOK_EVERY_MS = 30 * 60_000;
/** How far back new workers are looked for, ms. The engine keeps Bearer traffic by the minute for six hours only. */
const LOOK_BACK_MS = 330 * 60_000;

const HISTOGRAMS = new Set<string>(
  METRICS.filter((metric) => metric.type === "histogram").map((metric) => metric.name),
);

/** Keeps, while logs are read, what the engine counts or forgets, with event times. */
export class HistoryRecorder {
  readonly journal = new HistoryJournal();
  /** The engine's listener for counts. */
  readonly listener: CountListener = this.journal.listener((metric) => HISTOGRAMS.has(metric));
  readonly #firstBearers = new Map<string, number>();
  #lookedMs = -Infinity;

  /** Saves the first token of each worker before the engine forgets it. Call with each watermark (Unix ms), and with Infinity at last. */
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

  /** Time (Unix ms) of the first token of the worker process that started at `startMs`; null when unknown. */
  firstBearerOf(server: string, appPool: AppPool, startMs: number): number | null {
    return this.#firstBearers.get(workerKey(server, appPool, startMs)) ?? null;
  }
}

function workerKey(server: string, appPool: AppPool, startMs: number): string {
  return `${server} ${appPool} ${startMs}`;
}
