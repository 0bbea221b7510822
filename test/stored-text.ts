import { jsonPieces } from "../src/state/json-pieces.ts";

/** The text of a value as the state folder stores it. */
export function storedText(value: unknown): string {
  return [...jsonPieces(value)].join("");
}
