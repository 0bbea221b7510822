/** Characters after which a piece is given out. */
const PIECE_LENGTH = 262_144;
/** Objects are opened so deep; what stands deeper is a whole in a piece. */
const DEPTH = 4;

/**
 * The text of `JSON.stringify(value)` in pieces of about 256 KiB, so that a large value neither stands in memory as one text nor holds
 * the event loop up. `value` is plain data: objects, lists, texts, numbers, true, false, null; what JSON leaves out is left out. An item
 * of a list is never cut.
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

function* partsOf(value: unknown, depth: number): Generator<string> {
  if (Array.isArray(value)) yield* itemsOf(value);
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

function* itemsOf(items: readonly unknown[]): Generator<string> {
  let start = "[";
  for (const item of items) {
    yield `${start}${item === undefined ? "null" : JSON.stringify(item)}`;
    start = ",";
  }
  yield start === "[" ? "[]" : "]";
}
