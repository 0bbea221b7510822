import { CollectionError } from "./collection-error.ts";

/**
 * Readers of values in a script's reply. Each throws `CollectionError` of kind `bad_reply` if the value has another type than the script
 * promises.
 */

export type ReplyObject = Readonly<Record<string, unknown>>;

export function replyObject(value: unknown, path: string): ReplyObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected(path, "an object");
  return { ...value };
}

export function replyText(fields: ReplyObject, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw unexpected(name, "a text");
  return value;
}

export function replyNumber(fields: ReplyObject, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw unexpected(name, "a number");
  return value;
}

/** The same; null for a value that is null or missing. */
export function replyNumberOrNull(fields: ReplyObject, name: string): number | null {
  return fields[name] === null || fields[name] === undefined ? null : replyNumber(fields, name);
}

/** Unix milliseconds of an ISO 8601 text in UTC. */
export function replyInstant(fields: ReplyObject, name: string): number {
  const atMs = Date.parse(replyText(fields, name));
  if (Number.isNaN(atMs)) throw unexpected(name, "a time");
  return atMs;
}

export function replyList<T>(
  fields: ReplyObject,
  name: string,
  read: (item: unknown, path: string) => T,
): readonly T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw unexpected(name, "a list");
  return value.map((item: unknown, index) => read(item, `${name}[${index}]`));
}

export function replyItemText(item: unknown, path: string): string {
  if (typeof item !== "string") throw unexpected(path, "a text");
  return item;
}

function unexpected(path: string, wanted: string): CollectionError {
  return new CollectionError("bad_reply", `Cannot read the reply of PowerShell: ${path} is not ${wanted}`);
}
