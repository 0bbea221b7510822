import { LOG_FORMATS, type LogFormat } from "../model/label-values.ts";
import type { LogColumn } from "../model/logs/log-source.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";

/** What of each column that a log's verdicts need is not known without it, by the column's name as the log spells it. */
export function neededColumns(format: LogFormat): ReadonlyMap<string, string> {
  const columns: readonly LogColumn[] = Object.values(LOG_SOURCES[format].columns);
  return new Map(columns.flatMap(({ name, needed }) => (needed === undefined ? [] : [[name, needed]])));
}

/**
 * Every needed column of any log, each once. A closed set: the label `column` of `hma_log_columns_missing` takes these values alone.
 */
export const NEEDED_COLUMN_NAMES: readonly string[] = [
  ...new Set(LOG_FORMATS.flatMap((format) => [...neededColumns(format).keys()])),
];

/** The needed columns that are not among those of a log's header, whatever its case. */
export function missingColumns(format: LogFormat, header: readonly string[]): readonly string[] {
  const there = new Set(header.map((name) => name.toLowerCase()));
  return [...neededColumns(format).keys()].filter((name) => !there.has(name.toLowerCase()));
}
