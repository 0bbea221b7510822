import { LOG_FORMATS, type LogFormat } from "../model/label-values.ts";
import type { LogColumn } from "../model/logs/log-source.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";

/** For each column that detection needs, by its name in the log: what is unknown without it. */
export function neededColumns(format: LogFormat): ReadonlyMap<string, string> {
  const columns: readonly LogColumn[] = Object.values(LOG_SOURCES[format].columns);
  return new Map(columns.flatMap(({ name, needed }) => (needed === undefined ? [] : [[name, needed]])));
}

/**
 * Every needed column of all logs, without duplicates. The label `column` of `hma_log_columns_missing` takes only these
 * values.
 */
export const NEEDED_COLUMN_NAMES: readonly string[] = [
  ...new Set(LOG_FORMATS.flatMap((format) => [...neededColumns(format).keys()])),
];

/** The needed columns that a log's header lacks; case is ignored. */
export function missingColumns(format: LogFormat, header: readonly string[]): readonly string[] {
  const there = new Set(header.map((name) => name.toLowerCase()));
  return [...neededColumns(format).keys()].filter((name) => !there.has(name.toLowerCase()));
}
