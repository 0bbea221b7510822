import type { Category } from "../../model/label-values.ts";
import { decodeText } from "../text/decode-text.ts";
import { indexOfAny, literalSet } from "../text/literals.ts";
import { BUILT_IN_PATTERNS, REASON_MARKS, categoryOf } from "./oauth-reason-table.ts";
import type { ReasonPattern } from "./oauth-reason-table.ts";

export type { ReasonPattern } from "./oauth-reason-table.ts";

/** Why a Bearer token was refused, and whether the back end refused it. */
export interface Reason {
  readonly category: Category;
  readonly isBackEnd: boolean;
}

/** Searches the texts of a row for the reason. */
export interface ReasonFinder {
  /**
   * Every text with a reason contains at least one of these marks (lower case, matched in any case); null when the
   * marks are unknown.
   */
  readonly marks: readonly string[] | null;
  /**
   * The reason in `bytes[start, end)`; null when there is none. Bytes that contain no mark are not decoded to a string.
   */
  readonly search: (bytes: Buffer, start: number, end: number) => Reason | null;
  /** The reason in a text; null when there is none. */
  readonly find: (text: string) => Reason | null;
}

/**
 * Creates a finder that tries `extra` patterns first, then the built-in ones. The first match with a known category
 * wins; if all matches are unknown names, the category is `unknown`.
 * @throws Error when a pattern of `extra` is not a valid regular expression.
 */
export function createReasonFinder(extra: readonly ReasonPattern[] = []): ReasonFinder {
  const patterns = [...extra, ...BUILT_IN_PATTERNS].map(compile);
  const find = (text: string): Reason | null => firstKnown(patterns, decodeText(text));
  // The marks of a configured pattern cannot be derived from its source, so any such pattern disables the search for
  // marks.
  if (extra.length > 0)
    return {
      marks: null,
      find,
      search: (bytes, start, end) => (end > start ? find(bytes.toString("utf8", start, end)) : null),
    };
  return {
    marks: REASON_MARKS,
    find,
    search: (bytes, start, end) =>
      indexOfAny(bytes, start, end, MARKS) < 0 ? null : find(bytes.toString("utf8", start, end)),
  };
}

/** The reason that the built-in patterns find in a text; null when there is none. */
export function findReason(text: string): Reason | null {
  return BUILT_IN.find(text);
}

/**
 * Statuses with which Exchange answers a Bearer token that it does not accept: 401, 403 (linked account), 5xx
 * (configuration not loaded).
 */
export function mayCarryReason(status: number): boolean {
  return status === 401 || status === 403 || (status >= 500 && status <= 599);
}

interface CompiledPattern {
  readonly expression: RegExp;
  readonly category: ReasonPattern["category"];
  readonly isBackEnd: boolean;
}

const MARKS = literalSet(REASON_MARKS);
const BUILT_IN = createReasonFinder();

function compile(pattern: ReasonPattern): CompiledPattern {
  return {
    expression: compileSource(pattern.pattern),
    category: pattern.category,
    isBackEnd: pattern.backEnd === true,
  };
}

function compileSource(source: string): RegExp {
  try {
    return new RegExp(source, "i");
  } catch (cause) {
    throw new Error(`Cannot use reason pattern "${source}": it is no regular expression`, { cause });
  }
}

function firstKnown(patterns: readonly CompiledPattern[], text: string): Reason | null {
  let unnamed: Reason | null = null;
  for (const { expression, category, isBackEnd } of patterns) {
    const match = expression.exec(text);
    if (match === null) continue;
    const named = categoryOfMatch(category, match[1] ?? "");
    if (named === null) continue;
    const reason = { category: named, isBackEnd: isBackEnd || match[2] !== undefined };
    if (named !== "unknown") return unnamed?.isBackEnd === true ? { ...reason, isBackEnd: true } : reason;
    unnamed ??= reason;
  }
  return unnamed;
}

function categoryOfMatch(category: ReasonPattern["category"], name: string): Category | null {
  if (category !== "named" && category !== "named_if_known") return category;
  const named = categoryOf(name);
  return named === "unknown" && category === "named_if_known" ? null : named;
}
