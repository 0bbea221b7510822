import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import type { ConfigFault } from "./config-fault.ts";
import { reasonOf } from "../model/reason-of.ts";

/** A position in a text, from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** Positions of the keys and values of a YAML text. */
export interface SourceMap {
  /** Position of the value at a path, or of the nearest value that contains it; null when there is none. */
  readonly positionOf: (path: readonly PropertyKey[]) => SourcePosition | null;
  readonly keyPositionOf: (path: readonly PropertyKey[]) => SourcePosition | null;
}

export interface ReadYaml {
  /** Undefined for an empty text. */
  readonly value: unknown;
  readonly source: SourceMap;
  /** Why the text is not valid YAML, or is ambiguous. */
  readonly faults: readonly ConfigFault[];
}

/** Parses a YAML text and keeps the positions of its values. Never throws. */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positionAt = (offset: number | undefined): SourcePosition | null => {
    if (offset === undefined) return null;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults = document.errors.map(({ message, pos }) => ({
    path: "",
    found: `not readable (${message.replace(/\.$/, "")})`,
    allowed: "YAML",
    line: positionAt(pos[0])?.line ?? null,
    column: positionAt(pos[0])?.column ?? null,
  }));
  const source = {
    positionOf: (path: readonly PropertyKey[]) => positionAt(valueOffset(document, path)),
    keyPositionOf: (path: readonly PropertyKey[]) => positionAt(keyOffset(document, path)),
  };
  if (faults.length > 0) return { value: undefined, source, faults };
  try {
    const value: unknown = document.toJS();
    return { value: value ?? undefined, source, faults };
  } catch (error) {
    // Too many aliases.
    const found = `not readable (${reasonOf(error)})`;
    return { value: undefined, source, faults: [{ path: "", found, allowed: "YAML", line: null, column: null }] };
  }
}

function valueOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
      return Number(node.range[0]);
  }
  return undefined;
}

function keyOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isSeq(parent) || !isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}
