/** Exit codes of every command. */
export const DONE = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;

/** The command line or the configuration is wrong. The message lists all faults, one per line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
