import type { Format } from "../../../src/model/format.ts";
import type { RowScanner } from "../../../src/model/row-scanner.ts";

const scanners = new WeakMap<Format, RowScanner>();

/** The scanner of a format, one for all readings: as in the program, it may leave nothing of one file to the next. */
export function usedScanner(format: Format): RowScanner | null {
  const known = scanners.get(format) ?? format.createScanner?.();
  if (known === undefined) return null;
  scanners.set(format, known);
  return known;
}
