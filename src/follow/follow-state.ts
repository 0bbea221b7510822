import { LINE_FATES, LOG_FORMATS } from "../model/label-values.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import type { FileRecord } from "./identity/followed-file.ts";
import type { FolderRecord } from "./folder-watch.ts";
import type { RetiredRecord } from "./identity/known-files.ts";
import type { LedgerRecord } from "../reading/ledger.ts";

/** Where the follower stands: plain JSON, to be kept together with what its consumer made of the rows. */
export interface FollowState {
  readonly version: 1;
  readonly folders: readonly FolderRecord[];
  /** Header lines that files refer to by index: the files of a folder share them. */
  readonly headers: readonly string[];
  readonly files: readonly FileRecord[];
  readonly retired: readonly RetiredRecord[];
}

/** Whether `value`, as a state record gave it, is a follower's state of this version. */
export function isFollowState(value: unknown): value is FollowState {
  return (
    isObject(value) &&
    value["version"] === 1 &&
    isListOf(value["folders"], isFolderRecord) &&
    isListOf(value["headers"], isText) &&
    isListOf(value["files"], isFileRecord) &&
    isListOf(value["retired"], isRetiredRecord)
  );
}

function isFolderRecord(value: unknown): value is FolderRecord {
  return (
    isObject(value) &&
    isText(value["server"]) &&
    isText(value["as"]) &&
    isNumber(value["sinceMs"]) &&
    isNumber(value["nameFloorMs"])
  );
}

function isFileRecord(value: unknown): value is FileRecord {
  return (
    isObject(value) &&
    ["server", "path"].every((key) => isText(value[key])) &&
    ["fileKey", "generation", "sinceMs", "offset", "lastGrowthMs"].every((key) => isNumber(value[key])) &&
    ["header", "bodyStart", "lastAtMs", "newestAtMs", "newestReadAtMs", "goneAtMs"].every((key) =>
      isNullOr(value[key], isNumber),
    ) &&
    ["isSkipping", "isFinished"].every((key) => typeof value[key] === "boolean") &&
    [null, "utf8", "utf16le"].some((encoding) => value["encoding"] === encoding) &&
    isNullOr(value["fileId"], isText) &&
    isFingerprint(value["fingerprint"]) &&
    isLedgerRecord(value["ledger"])
  );
}

function isFingerprint(value: unknown): boolean {
  return (
    isObject(value) &&
    ["firstLength", "headLength", "tailLength"].every((key) => isNumber(value[key])) &&
    ["first", "head", "tail"].every((key) => isText(value[key]))
  );
}

function isRetiredRecord(value: unknown): value is RetiredRecord {
  return (
    isObject(value) &&
    isText(value["server"]) &&
    LOG_FORMATS.some((format) => format === value["format"]) &&
    ["newestAtMs", "newestReadAtMs"].every((key) => isNullOr(value[key], isNumber)) &&
    isLedgerRecord(value["ledger"])
  );
}

function isLedgerRecord(value: unknown): value is LedgerRecord {
  return (
    isObject(value) &&
    isNumber(value["bytesRead"]) &&
    isNumber(value["pending"]) &&
    isCountsOf(value["bytes"], LINE_FATES) &&
    isCountsOf(value["lines"], LINE_FATES) &&
    isCountsOf(value["unreadable"], UNREADABLE_REASONS)
  );
}

function isCountsOf(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && Object.entries(value).every(([name, count]) => names.includes(name) && isNumber(count));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function isNullOr<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item | null {
  return value === null || isItem(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
