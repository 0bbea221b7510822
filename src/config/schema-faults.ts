import type { z } from "zod";
import type { ConfigFault } from "./config-fault.ts";
import type { SourceMap } from "./source-map.ts";

export interface FaultContext {
  /** The validated value. */
  readonly value: unknown;
  readonly source: SourceMap;
  /** Keys that a map may have at a path; empty when it may have any keys. */
  readonly keysAt: (path: readonly PropertyKey[]) => readonly string[];
  /** The flag that set a key, if one did. */
  readonly flagOf: (path: string) => string | null;
}

/** Converts zod's issues to faults, in the order of the file. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], context: FaultContext): readonly ConfigFault[] {
  const faults = issues.flatMap((issue) => faultsOfIssue(issue, context));
  return faults.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
}

function faultsOfIssue(issue: z.core.$ZodIssue, context: FaultContext): readonly ConfigFault[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(issue.path, key, context));
  const inner = issue.code === "invalid_union" ? deepestOf(issue) : null;
  const path = inner === null ? issue.path : [...issue.path, ...inner.path];
  const name = pathText(path);
  const flag = context.flagOf(name);
  const position = flag === null ? context.source.positionOf(path) : null;
  return [
    {
      path: flag ?? name,
      // A person's address must not appear in a log.
      found: name === "probe.identity" ? "another text" : describeValue(valueAt(context.value, path)),
      allowed: (inner ?? issue).message,
      line: position?.line ?? null,
      column: position?.column ?? null,
    },
  ];
}

/** When a value fits none of several alternatives: the issue deepest inside it. */
function deepestOf(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | null {
  const deepest = issue.errors.flat().toSorted((one, other) => other.path.length - one.path.length)[0];
  return deepest === undefined || deepest.path.length === 0 ? null : deepest;
}

function unknownKey(parent: readonly PropertyKey[], key: string, context: FaultContext): ConfigFault {
  const known = context.keysAt(parent);
  const near = nearest(key, known);
  const position = context.source.keyPositionOf([...parent, key]);
  const allowed = known.length === 0 ? "no further key" : `one of the keys ${known.join(", ")}`;
  return {
    path: pathText([...parent, key]),
    found: "a key that does not exist",
    allowed: near === null ? allowed : `${pathText([...parent, near])} (the nearest)`,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, key)?.value;
  }
  return at;
}

/** The value as in the file, shortened to 60 characters, without a password in a URL. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  // Sample: http://user:secret@proxy.example.com:8080
  const text = String(value).replace(/\/\/[^/@\s]*@/, "//…@");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The known key with the smallest edit distance to `key`; null when none is close. */
function nearest(key: string, known: readonly string[]): string | null {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : null;
}

/** Number of letters to insert, delete or replace (Levenshtein distance). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one.slice(0, 100)].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= other.length; at++) {
      const replaced = (row[at - 1] ?? 0) + (other[at - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
