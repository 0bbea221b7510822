/** Exit codes of every command (contract §2). */
export const DONE = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;

/** The command line or the configuration is wrong; `faults` say all that is, one a line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
