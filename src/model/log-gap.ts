import type { LogFormat } from "./label-values.ts";

/** Columns that a server's log does not write and the verdicts need. */
export interface LogGap {
  readonly server: string;
  readonly format: LogFormat;
  /** In the order of the log's record; never empty. */
  readonly columns: readonly string[];
}
