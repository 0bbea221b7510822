/** Why a collection failed. */
export const COLLECTION_ERROR_KINDS = [
  /** The program does not exist or may not be started. */
  "missing_executable",
  /** No reply in time; the process tree was killed. */
  "timeout",
  /** The shell ended before its reply was complete. */
  "exited",
  /** More output than the limit; the process tree was killed. */
  "too_much_output",
  /** The shell answered, but the answer is not a reply of the script. */
  "bad_reply",
  /** The script reports that it failed. */
  "script_error",
] as const;
export type CollectionErrorKind = (typeof COLLECTION_ERROR_KINDS)[number];

const MESSAGE_LIMIT = 400;

/** A failed collection. Its message has at most 400 characters, and of the shell's output only text without names. */
export class CollectionError extends Error {
  readonly kind: CollectionErrorKind;

  constructor(kind: CollectionErrorKind, message: string, options?: ErrorOptions) {
    super(message.slice(0, MESSAGE_LIMIT), options);
    this.name = "CollectionError";
    this.kind = kind;
  }
}
