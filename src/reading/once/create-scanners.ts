import type { LogFormat } from "../../model/label-values.ts";
import type { RowScanner } from "../../model/row-scanner.ts";
import type { LogKnowledge } from "../log-knowledge.ts";

/** Returns the scanner of a format, always the same one; null when the format has none. */
export type ScannerOf = (format: LogFormat) => RowScanner | null;

export const NO_SCANNERS: ScannerOf = () => null;

/** A scanner for each format that has one, created when the first file of the format asks for it. */
export function createScanners({ formats }: LogKnowledge): ScannerOf {
  const scanners = new Map<LogFormat, RowScanner>();
  return (format) => {
    const known = scanners.get(format);
    if (known !== undefined) return known;
    const created = formats[format].createScanner?.() ?? null;
    if (created !== null) scanners.set(format, created);
    return created;
  };
}
