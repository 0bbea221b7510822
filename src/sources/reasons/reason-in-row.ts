import type { CsvRow } from "../text/csv-format.ts";
import type { Reason, ReasonFinder } from "./oauth-reason.ts";

/** Where in a row the reason of a refused token is looked for. A known category goes before an unknown one wherever it stands. */

/** In the fields of these slots. */
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

/** In a field made for errors, which may begin with the bare name of a category or sub-error. */
export function searchName({ bytes, schema }: CsvRow, slot: number, reasons: ReasonFinder): Reason | null {
  const text = bytes.toString("latin1", schema.startOf(slot), schema.endOf(slot));
  return text === "" ? null : reasons.find(`ErrorCode:${text}`);
}

/** In the whole row, but for the fields of these slots. */
export function searchAround(
  { bytes, start, end, schema }: CsvRow,
  slots: readonly number[],
  reasons: ReasonFinder,
): Reason | null {
  const gaps = slots
    .filter((slot) => schema.endOf(slot) > 0)
    .sort((one, other) => schema.startOf(one) - schema.startOf(other));
  let unnamed: Reason | null = null;
  let from = start;
  for (let gap = 0; gap <= gaps.length; gap++) {
    const slot = gaps[gap];
    const reason = reasons.search(bytes, from, slot === undefined ? end : schema.startOf(slot));
    if (reason !== null && reason.category !== "unknown") return reason;
    unnamed ??= reason;
    if (slot !== undefined) from = schema.endOf(slot);
  }
  return unnamed;
}
