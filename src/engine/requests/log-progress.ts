import type { Protocol } from "../../model/label-values.ts";
import type { RequestRow } from "../../model/row.ts";
import { JUDGE_AFTER_MS } from "./waiting-times.ts";

/**
 * IIS writes its buffer about once a minute, and a folder is read every second: a row that comes later than this
 * shows that its log comes late.
 */
const LATE_MS = 100_000;
/** So long after a late row nothing is taken for complete: another file of the log may be as late. */
const DOUBT_MS = 3_600_000;
/** So long a row may wait for its request's rows in other logs before it is judged. */
const EARLIER_MS = JUDGE_AFTER_MS;
/** How finely it is known where a log was read to. */
const STEP_MS = 10_000;
/** Rows stand in a log in the order in which requests end, which is that of their times to this. */
const ROW_ORDER_MS = 60_000;

/** Where a log was read to at an instant of the engine's clock. */
interface Reached {
  readonly atMs: number;
  readonly newestMs: number;
}

/**
 * How far one log of one server is read, by event time: it has no further row of what lies before. Said only of a log
 * whose rows come in time.
 */
export class LogProgress {
  #newestMs = -Infinity;
  /** When the newest row came, by the engine's clock. */
  #newestCameMs = -Infinity;
  #trustedFromMs = 0;
  /** In order, as far back as `earlierCompleteToMs` is asked for. */
  readonly #before: Reached[] = [];

  /** Takes note of a row. `clockMs`: the engine's clock when it came. */
  note(atMs: number, clockMs: number): void {
    if (atMs > this.#newestMs) {
      this.#keepBefore(clockMs);
      this.#newestMs = atMs;
      this.#newestCameMs = clockMs;
    }
    if (clockMs - atMs > LATE_MS) this.#trustedFromMs = clockMs + DOUBT_MS;
  }

  /** Every row before that instant has come; -Infinity where that is not known. */
  completeToMs(clockMs: number): number {
    return clockMs < this.#trustedFromMs ? -Infinity : this.#newestMs - ROW_ORDER_MS;
  }

  /** What `completeToMs` has been for `EARLIER_MS` or longer: every row before that instant came so long ago. */
  earlierCompleteToMs(clockMs: number): number {
    if (clockMs < this.#trustedFromMs) return -Infinity;
    const thenMs = clockMs - EARLIER_MS;
    const newestMs =
      this.#newestCameMs <= thenMs
        ? this.#newestMs
        : (this.#before.findLast(({ atMs }) => atMs <= thenMs)?.newestMs ?? -Infinity);
    return newestMs - ROW_ORDER_MS;
  }

  /** Time of the newest row, and the clock from which rows are trusted to come in time; null before the first row. */
  record(): readonly [newestMs: number, trustedFromMs: number] | null {
    return this.#newestMs === -Infinity ? null : [this.#newestMs, this.#trustedFromMs];
  }

  /** `cameMs`: the engine's clock when the last row came that may not be judged yet. */
  restore([newestMs, trustedFromMs]: readonly [number, number], cameMs: number): void {
    this.#newestMs = newestMs;
    this.#newestCameMs = cameMs;
    this.#trustedFromMs = trustedFromMs;
  }

  /** One instant for each `STEP_MS`, and the newest of those that `EARLIER_MS` has gone by since. */
  #keepBefore(clockMs: number): void {
    const last = this.#before.at(-1);
    if (this.#newestMs !== -Infinity && this.#newestCameMs - (last?.atMs ?? -Infinity) >= STEP_MS)
      this.#before.push({ atMs: this.#newestCameMs, newestMs: this.#newestMs });
    while ((this.#before[1]?.atMs ?? Infinity) <= clockMs - EARLIER_MS) this.#before.shift();
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

  /** The same, of rows that have come so long ago that they are judged. */
  judgedToMs(log: RequestLog, protocol: Protocol, clockMs: number): number {
    return this.#logs[log].get(log === "iis" ? "other" : protocol)?.earlierCompleteToMs(clockMs) ?? -Infinity;
  }

  dump(): LogsProgressRecord[] {
    return REQUEST_LOGS.flatMap((log) =>
      [...this.#logs[log]].flatMap(([protocol, progress]): LogsProgressRecord[] => {
        const record = progress.record();
        return record === null ? [] : [[log, protocol, ...record]];
      }),
    );
  }

  /** `cameMs`: the engine's clock when the last row came that may not be judged yet. */
  restore(dump: readonly LogsProgressRecord[], cameMs: number): void {
    for (const [log, protocol, newestMs, trustedFromMs] of dump)
      this.#of(log, protocol).restore([newestMs, trustedFromMs], cameMs);
  }

  #of(log: RequestLog, protocol: Protocol): LogProgress {
    const known = this.#logs[log].get(protocol);
    if (known !== undefined) return known;
    const progress = new LogProgress();
    this.#logs[log].set(protocol, progress);
    return progress;
  }
}
