import { logFormatOf, type Row } from "../model/row.ts";
import type { ClockAhead, ServerState } from "./server-state.ts";
import { MINUTE_MS } from "../model/durations.ts";

/** A row dated more than this ahead of the exporter's wall clock counts as ahead, ms. Time services keep clocks closer than that. */
export const ROW_AHEAD_MS = 120_000;
/** Rows ahead within one minute that a measurement of the clock needs: a single odd row proves nothing. */
const MIN_ROWS = 5;
/** Measurements kept per server, the newest; at most one per minute. */
const MAX_MEASUREMENTS = 120;

/** Counts a row that is `aheadMs` ahead of the wall clock, and uses it to measure the server's clock. Other servers are not affected. */
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

/** The measurements that are based on enough rows. */
export function measuredAhead(server: ServerState): readonly ClockAhead[] {
  return server.clockAhead.filter(({ rows }) => rows >= MIN_ROWS);
}
