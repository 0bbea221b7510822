import type { Protocol } from "../../model/label-values.ts";
import type { RequestRow } from "../../model/row.ts";
import { JUDGE_AFTER_MS } from "./waiting-times.ts";

/**
 * IIS writes its buffer about once a minute, and the follower polls every second: a row that arrives later than this
 * (ms) shows that its log is late.
 */
const LATE_MS = 100_000;
/** For this long after a late row (ms) the log does not count as complete: another file of it may be just as late. */
const DOUBT_MS = 3_600_000;
/** Age of the progress that `earlierCompleteToMs` returns, ms: a row waits at most this long for the request's other rows. */
const EARLIER_MS = JUDGE_AFTER_MS;
/** Resolution of the earlier progress, ms. */
const STEP_MS = 10_000;
/** A log has its rows in the order in which requests end: their times are out of order by at most this, ms. */
const ROW_ORDER_MS = 60_000;

/** Time of a log's newest row (`newestMs`) at a time of the engine's clock (`atMs`). */
interface Reached {
  readonly atMs: number;
  readonly newestMs: number;
}

/**
 * How far one log of one server is read, by event time: no further row of it is older. Known only for a log whose rows
 * arrive in time.
 */
export class LogProgress {
  #newestMs = -Infinity;
  /** When the newest row arrived (engine's clock). */
  #newestCameMs = -Infinity;
  #trustedFromMs = 0;
  /** Earlier progress in order of time, as far back as `earlierCompleteToMs` needs it. */
  readonly #before: Reached[] = [];

  /** Notes a row with the time `atMs`. `clockMs`: the engine's clock when it arrived. */
  note(atMs: number, clockMs: number): void {
    if (atMs > this.#newestMs) {
      this.#keepBefore(clockMs);
      this.#newestMs = atMs;
      this.#newestCameMs = clockMs;
    }
    if (clockMs - atMs > LATE_MS) this.#trustedFromMs = clockMs + DOUBT_MS;
  }

  /** Time (Unix ms) before which every row has arrived; -Infinity when unknown. */
  completeToMs(clockMs: number): number {
    return clockMs < this.#trustedFromMs ? -Infinity : this.#newestMs - ROW_ORDER_MS;
  }

  /** `completeToMs` as it was `EARLIER_MS` ago: every row before it arrived at least that long ago. */
  earlierCompleteToMs(clockMs: number): number {
    if (clockMs < this.#trustedFromMs) return -Infinity;
    const thenMs = clockMs - EARLIER_MS;
    return (this.#newestCameMs <= thenMs ? this.#newestMs : this.#newestAt(thenMs)) - ROW_ORDER_MS;
  }

  /** Time of the newest row that had arrived at an earlier time of the engine's clock; -Infinity when that is not known. */
  #newestAt(clockMs: number): number {
    let at = this.#before.length - 1;
    while (at >= 0 && (this.#before[at]?.atMs ?? 0) > clockMs) at -= 1;
    return this.#before[at]?.newestMs ?? -Infinity;
  }

  /** Time of the newest row, and the engine's clock from which the log counts as in time; null before the first row. */
  record(): readonly [newestMs: number, trustedFromMs: number] | null {
    return this.#newestMs === -Infinity ? null : [this.#newestMs, this.#trustedFromMs];
  }

  /** `cameMs`: the engine's clock when the newest row that may not be judged yet arrived. */
  restore([newestMs, trustedFromMs]: readonly [number, number], cameMs: number): void {
    this.#newestMs = newestMs;
    this.#newestCameMs = cameMs;
    this.#trustedFromMs = trustedFromMs;
  }

  /** Keeps one entry per `STEP_MS`; of those older than `EARLIER_MS` only the newest. */
  #keepBefore(clockMs: number): void {
    const last = this.#before.at(-1);
    if (this.#newestMs !== -Infinity && this.#newestCameMs - (last?.atMs ?? -Infinity) >= STEP_MS)
      this.#before.push({ atMs: this.#newestCameMs, newestMs: this.#newestMs });
    while ((this.#before[1]?.atMs ?? Infinity) <= clockMs - EARLIER_MS) this.#before.shift();
  }
}

/** The request logs of one server: the front-end IIS log, and for each protocol the HttpProxy log and the back-end log. */
export type RequestLog = "iis" | "http_proxy" | "back_end";
export const REQUEST_LOGS: readonly RequestLog[] = ["iis", "http_proxy", "back_end"];
/** Progress of one log in the state record; times in Unix ms. */
export type LogsProgressRecord = readonly [
  log: RequestLog,
  protocol: Protocol,
  newestMs: number,
  trustedFromMs: number,
];

/** How far each request log of one server is read. The IIS log has the protocol `other`. */
export class LogsProgress {
  readonly #logs: Readonly<Record<RequestLog, Map<Protocol, LogProgress>>> = {
    iis: new Map(),
    http_proxy: new Map(),
    back_end: new Map(),
  };

  /** Notes a row. `clockMs`: the engine's clock when it arrived. */
  note({ source, protocol, atMs }: RequestRow, clockMs: number): void {
    if (source === "iis_back") return;
    if (source === "iis_front") this.#of("iis", "other").note(atMs, clockMs);
    else this.#of(source === "http_proxy" ? "http_proxy" : "back_end", protocol).note(atMs, clockMs);
  }

  /** The progress of a log; undefined before its first row. */
  of(log: RequestLog, protocol: Protocol): LogProgress | undefined {
    return this.#logs[log].get(log === "iis" ? "other" : protocol);
  }

  dump(): LogsProgressRecord[] {
    return REQUEST_LOGS.flatMap((log) =>
      [...this.#logs[log]].flatMap(([protocol, progress]): LogsProgressRecord[] => {
        const record = progress.record();
        return record === null ? [] : [[log, protocol, ...record]];
      }),
    );
  }

  /** `cameMs`: the engine's clock when the newest row that may not be judged yet arrived. */
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
