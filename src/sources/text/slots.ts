import type { LogColumn } from "../../model/logs/log-source.ts";

/** The columns of a log source, by the names that the parser uses. */
export type LogColumns = Readonly<Record<string, LogColumn>>;

/** The columns that a parser cuts out of a row, in the order of their slots. */
export function cutColumns(columns: LogColumns): readonly LogColumn[] {
  return Object.values(columns).filter(({ isSearchedInRow }) => isSearchedInRow !== true);
}

/** Slot of each column in `ColumnSchema.spans`; -1 for a column that is not cut out. */
export function slotsOf<Columns extends LogColumns>(columns: Columns): Readonly<Record<keyof Columns, number>> {
  const cut = cutColumns(columns);
  const slots = Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, cut.indexOf(column)]));
  if (!hasSlots(slots, columns)) throw new Error("Cannot number the columns: one has no slot");
  return slots;
}

function hasSlots<Columns extends LogColumns>(
  slots: Readonly<Record<string, number>>,
  columns: Columns,
): slots is Readonly<Record<keyof Columns, number>> {
  return Object.keys(columns).every((key) => key in slots);
}
