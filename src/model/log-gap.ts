import type { LogFormat } from "./label-values.ts";

/** Columns that detection needs and a server's log lacks. */
export interface LogGap {
  readonly server: string;
  readonly format: LogFormat;
  /** In the order of the log source; never empty. */
  readonly columns: readonly string[];
}
