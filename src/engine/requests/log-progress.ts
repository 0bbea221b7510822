import type { Protocol } from "../../model/label-values.ts";
import type { RequestRow } from "../../model/row.ts";

/** IIS writes its buffer about once a minute, and a folder is read every second: a row that comes later than this shows that its log comes late. */
export const LATE_MS = 100_000;
/** So long after a late row nothing is taken for complete: another file of the log may be as late. */
const DOUBT_MS = 3_600_000;
/** Rows stand in a log in the order in which requests end, which is that of their times to this. */
const ROW_ORDER_MS = 60_000;

/** How far one log of one server is read, by event time: it has no further row of what lies before. Said only of a log whose rows come in time. */
export class LogProgress {
  #newestMs = -Infinity;
  #trustedFromMs = 0;

  /** Takes note of a row. `clockMs`: the engine's clock when it came. */
  note(atMs: number, clockMs: number): void {
    if (atMs > this.#newestMs) this.#newestMs = atMs;
    if (clockMs - atMs > LATE_MS) this.#trustedFromMs = clockMs + DOUBT_MS;
  }

  /** Every row before that instant has come; -Infinity where that is not known. */
  completeToMs(clockMs: number): number {
    return clockMs < this.#trustedFromMs ? -Infinity : this.#newestMs - ROW_ORDER_MS;
  }

  /** Time of the newest row, and the clock from which rows are trusted to come in time; null before the first row. */
  record(): readonly [newestMs: number, trustedFromMs: number] | null {
    return this.#newestMs === -Infinity ? null : [this.#newestMs, this.#trustedFromMs];
  }

  restore(newestMs: number, trustedFromMs: number): void {
    this.#newestMs = newestMs;
    this.#trustedFromMs = trustedFromMs;
  }
}

/** The logs of requests of one server: the front-end log of IIS, and HttpProxy's and the back end's of each protocol. */
export type RequestLog = "iis" | "http_proxy" | "back_end";
export const REQUEST_LOGS: readonly RequestLog[] = ["iis", "http_proxy", "back_end"];
export type LogsProgressRecord = readonly [
  log: RequestLog,
  protocol: Protocol,
  newestMs: number,
  trustedFromMs: number,
];

/** How far each log of one server is read. The one log of IIS stands under `other`. */
export class LogsProgress {
  readonly #logs: Readonly<Record<RequestLog, Map<Protocol, LogProgress>>> = {
    iis: new Map(),
    http_proxy: new Map(),
    back_end: new Map(),
  };

  /** Takes note of a row. `clockMs`: the engine's clock when it came. */
  note({ source, protocol, atMs }: RequestRow, clockMs: number): void {
    if (source === "iis_back") return;
    if (source === "iis_front") this.#of("iis", "other").note(atMs, clockMs);
    else this.#of(source === "http_proxy" ? "http_proxy" : "back_end", protocol).note(atMs, clockMs);
  }

  /** Every row of that log before that instant has come; -Infinity where that is not known. */
  completeToMs(log: RequestLog, protocol: Protocol, clockMs: number): number {
    return this.#logs[log].get(log === "iis" ? "other" : protocol)?.completeToMs(clockMs) ?? -Infinity;
  }

  dump(): LogsProgressRecord[] {
    return REQUEST_LOGS.flatMap((log) =>
      [...this.#logs[log]].flatMap(([protocol, progress]): LogsProgressRecord[] => {
        const record = progress.record();
        return record === null ? [] : [[log, protocol, ...record]];
      }),
    );
  }

  restore(dump: readonly LogsProgressRecord[]): void {
    for (const [log, protocol, newestMs, trustedFromMs] of dump)
      this.#of(log, protocol).restore(newestMs, trustedFromMs);
  }

  #of(log: RequestLog, protocol: Protocol): LogProgress {
    const known = this.#logs[log].get(protocol);
    if (known !== undefined) return known;
    const progress = new LogProgress();
    this.#logs[log].set(protocol, progress);
    return progress;
  }
}
