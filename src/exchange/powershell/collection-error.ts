/** What went wrong with a collection. */
export const COLLECTION_ERROR_KINDS = [
  /** There is no such program, or it may not be started. */
  "missing_executable",
  /** No reply in time; the process tree has been killed. */
  "timeout",
  /** The shell ended before its reply did. */
  "exited",
  /** More output than the cap; the process tree has been killed. */
  "too_much_output",
  /** The shell answered, and the answer is not a reply of the script. */
  "bad_reply",
  /** The script says that it failed. */
  "script_error",
] as const;
export type CollectionErrorKind = (typeof COLLECTION_ERROR_KINDS)[number];

const MESSAGE_LIMIT = 400;

/** A collection that gave nothing. Its message is at most 400 characters and holds nothing that the shell printed but scrubbed text. */
export class CollectionError extends Error {
  readonly kind: CollectionErrorKind;

  constructor(kind: CollectionErrorKind, message: string, options?: ErrorOptions) {
    super(message.slice(0, MESSAGE_LIMIT), options);
    this.name = "CollectionError";
    this.kind = kind;
  }
}
