/** A fault of one key of a configuration. */
export interface ConfigFault {
  /** The key (`loop.threshold`), or the flag that set it (`--web.listen-address`). Empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  /** Position in the file, from 1; null for a flag, or for a missing key. */
  readonly line: number | null;
  readonly column: number | null;
}

/** The fault as one line of text. */
export function formatFault({ path, found, allowed, line, column }: ConfigFault): string {
  const where = line === null ? "" : `line ${line}, column ${column ?? 1}: `;
  return `${where}${path === "" ? "the file" : path}: found ${found}, allowed is ${allowed}`;
}
