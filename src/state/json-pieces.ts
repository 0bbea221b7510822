/** Minimum size of a piece, in characters: about half a millisecond of work. */
const PIECE_LENGTH = 65_536;
/** Objects are split down to this depth; deeper values are never split. */
const DEPTH = 4;

/**
 * The text of `JSON.stringify(value)` in pieces of about 64 KiB, so that a large value is never one text in memory and does not block the
 * event loop. `value` is plain data: objects, lists (any iterable), texts, numbers, booleans, null. Values that JSON omits are
 * omitted. An item of a list is never split.
 */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = "";
  for (const part of partsOf(value, DEPTH)) {
    piece += part;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** The pieces of `jsonPieces()`, followed by a line end. */
export function* jsonLinePieces(value: unknown): Generator<string> {
  yield* jsonPieces(value);
  yield "\n";
}

function* partsOf(value: unknown, depth: number): Generator<string> {
  if (isList(value)) yield* itemsOf(value);
  else if (typeof value === "object" && value !== null && depth > 0) yield* fieldsOf(value, depth);
  else yield JSON.stringify(value);
}

function* fieldsOf(fields: object, depth: number): Generator<string> {
  let start = "{";
  for (const [name, field] of Object.entries(fields)) {
    if (field === undefined) continue;
    yield `${start}${JSON.stringify(name)}:`;
    yield* partsOf(field, depth - 1);
    start = ",";
  }
  yield start === "{" ? "{}" : "}";
}

function isList(value: unknown): value is Iterable<unknown> {
  return Array.isArray(value) || (typeof value === "object" && value !== null && Symbol.iterator in value);
}

function* itemsOf(items: Iterable<unknown>): Generator<string> {
  let start = "[";
  for (const item of items) {
    yield `${start}${item === undefined ? "null" : JSON.stringify(item)}`;
    start = ",";
  }
  yield start === "[" ? "[]" : "]";
}
