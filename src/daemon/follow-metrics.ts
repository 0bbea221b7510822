import { neededColumns } from "../catalogue/log-columns.ts";
import type { FormatStats } from "../reading/read-stats.ts";
import { LINE_FATES } from "../model/label-values.ts";
import type { MetricValue } from "../model/metric-value.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";

/** Metrics about reading one server's logs. `readErrors`: failed reads by format. */
export function followMetrics(stats: readonly FormatStats[], readErrors: ReadonlyMap<string, number>): MetricValue[] {
  const values: MetricValue[] = [];
  const add = (metric: string, labels: Record<string, string>, value: number): void => {
    values.push({ kind: "value", metric, labels, value });
  };
  for (const { format, ledger, files, newestAtMs, lagMs, missingColumns } of stats) {
    LINE_FATES.forEach((fate, index) => {
      add("hma_log_lines_total", { format, fate }, ledger.lines[index] ?? 0);
    });
    UNREADABLE_REASONS.forEach((reason, index) => {
      add("hma_log_unreadable_lines_total", { format, reason }, ledger.unreadable[index] ?? 0);
    });
    add("hma_log_bytes_read_total", { format }, ledger.bytesRead);
    add("hma_log_files", { format }, files);
    if (newestAtMs !== null) add("hma_log_last_event_timestamp_seconds", { format }, newestAtMs / 1000);
    if (missingColumns !== null)
      for (const column of neededColumns(format).keys())
        add("hma_log_columns_missing", { format, column }, missingColumns.includes(column) ? 1 : 0);
    if (lagMs !== null) add("hma_log_lag_seconds", { format }, Math.max(0, lagMs / 1000));
  }
  for (const [format, count] of readErrors) add("hma_log_read_errors_total", { format }, count);
  return values;
}
