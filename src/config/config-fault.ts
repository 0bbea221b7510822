/** What is wrong with one key of a configuration. */
export interface ConfigFault {
  /** `loop.threshold`, or the flag that gave the value: `--web.listen-address`. Empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  /** Where it stands in the file, from 1; null for a flag, or for what is missing. */
  readonly line: number | null;
  readonly column: number | null;
}

/** A fault in one line for a person. */
export function formatFault({ path, found, allowed, line, column }: ConfigFault): string {
  const where = line === null ? "" : `line ${line}, column ${column ?? 1}: `;
  return `${where}${path === "" ? "the file" : path}: found ${found}, allowed is ${allowed}`;
}
