import { logFormatOf, type Row } from "../model/row.ts";
import type { ClockAhead, ServerState } from "./server-state.ts";
import { MINUTE_MS } from "../model/durations.ts";

/** A row dated later than this after the wall clock of the machine that reads it is ahead: time services keep closer than that. */
export const ROW_AHEAD_MS = 120_000;
/** Rows ahead within one minute that make a measurement of the clock: a single odd row says nothing of it. */
const MIN_ROWS = 5;
/** Measurements kept of a server, the newest: one a minute at most. */
const MAX_MEASUREMENTS = 120;

/** Counts a row that is `aheadMs` ahead of the wall clock, and measures the server's clock by it. Touches nothing of other servers. */
export function noteRowAhead(server: ServerState, row: Row, aheadMs: number): void {
  const format = logFormatOf(row);
  server.counters.add("hma_log_rows_ahead_total", [format], row.atMs);
  const seconds = Math.round(aheadMs / 1000);
  const last = server.clockAhead.at(-1);
  if (last !== undefined && Math.floor(last.atMs / MINUTE_MS) === Math.floor(row.atMs / MINUTE_MS)) {
    const measured = { ...last, seconds: Math.min(last.seconds, seconds), rows: last.rows + 1 };
    server.clockAhead = [...server.clockAhead.slice(0, -1), measured];
    return;
  }
  server.clockAhead = [...server.clockAhead, { atMs: row.atMs, seconds, rows: 1, format }].slice(-MAX_MEASUREMENTS);
}

/** The measurements that enough rows bear out. */
export function measuredAhead(server: ServerState): readonly ClockAhead[] {
  return server.clockAhead.filter(({ rows }) => rows >= MIN_ROWS);
}
