import type { LogFormat } from "../../model/label-values.ts";
import type { RowScanner } from "../../model/row-scanner.ts";
import type { LogKnowledge } from "../log-knowledge.ts";

/** A scanner for each format that has one. */
export function createScanners({ formats }: LogKnowledge): ReadonlyMap<LogFormat, RowScanner> {
  const scanners = new Map<LogFormat, RowScanner>();
  for (const { name, createScanner } of Object.values(formats)) {
    if (createScanner !== undefined) scanners.set(name, createScanner());
  }
  return scanners;
}
