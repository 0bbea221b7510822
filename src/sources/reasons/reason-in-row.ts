import type { CsvRow } from "../text/csv-format.ts";
import type { Reason, ReasonFinder } from "./oauth-reason.ts";

/**
 * Searches parts of a row for the reason of a refused token. A known category wins over an unknown one, wherever in the
 * row it is.
 */

/** Searches the fields of these slots. */
export function searchFields(
  { bytes, schema }: CsvRow,
  slots: readonly number[],
  reasons: ReasonFinder,
): Reason | null {
  let unnamed: Reason | null = null;
  for (const slot of slots) {
    const reason = reasons.search(bytes, schema.startOf(slot), schema.endOf(slot));
    if (reason !== null && reason.category !== "unknown") return reason;
    unnamed ??= reason;
  }
  return unnamed;
}

/** Searches an error field, which may begin with the bare name of a category or sub-error. */
export function searchName({ bytes, schema }: CsvRow, slot: number, reasons: ReasonFinder): Reason | null {
  const text = bytes.toString("latin1", schema.startOf(slot), schema.endOf(slot));
  return text === "" ? null : reasons.find(`ErrorCode:${text}`);
}

/** Searches the whole row except the fields of these slots. */
export function searchAround(
  { bytes, start, end, schema }: CsvRow,
  slots: readonly number[],
  reasons: ReasonFinder,
): Reason | null {
  let unnamed: Reason | null = null;
  let from = start;
  for (const slot of schema.inOrder(slots)) {
    // The row is cut off before this column.
    if (schema.endOf(slot) === 0) break;
    const reason = reasons.search(bytes, from, schema.startOf(slot));
    if (reason !== null && reason.category !== "unknown") return reason;
    unnamed ??= reason;
    from = schema.endOf(slot);
  }
  const last = reasons.search(bytes, from, end);
  return last !== null && last.category !== "unknown" ? last : (unnamed ?? last);
}
