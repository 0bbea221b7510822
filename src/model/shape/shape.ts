/** Where a value differs from its expected shape (`engine.servers[0].name`), and what was found instead. */
export interface ShapeFault {
  readonly path: string;
  readonly because: string;
}

/** Expected shape of a value from outside. `faultOf` returns the first fault, or null when there is none. */
export interface Shape<T> {
  readonly faultOf: (value: unknown, path: string) => ShapeFault | null;
  /** Never set; only carries the type. */
  readonly type?: T;
}

/** True when the value has the shape; `faultOf` gives the reason when not. */
export function hasShape<T>(shape: Shape<T>, value: unknown): value is T {
  return shape.faultOf(value, "") === null;
}

/** A shape that `isRight` checks. `wanted` describes it to people: "a text". */
export function shapeOf<T>(wanted: string, isRight: (value: unknown) => boolean): Shape<T> {
  return { faultOf: (value, path) => (isRight(value) ? null : unexpected(path, value, wanted)) };
}

export const TEXT = shapeOf<string>("a text", (value) => typeof value === "string");
export const TRUTH = shapeOf<boolean>("true or false", (value) => typeof value === "boolean");
/** Any finite number. */
export const NUMBER = shapeOf<number>("a number", isFiniteNumber);
/** Furthest time from 1970, ms: less than half of what a Date holds, so that no sum of two times is beyond it. */
const MAX_TIME_MS = 4e15;
/** A time (Unix ms) or a duration (ms). */
export const TIME = shapeOf<number>(
  "a time in milliseconds",
  (value) => isFiniteNumber(value) && Math.abs(value) <= MAX_TIME_MS,
);
/** A time that may be -Infinity in memory, which JSON stores as null. */
export const TIME_OR_NEVER = shapeOf<number>(
  "a time in milliseconds",
  (value) => value === null || TIME.faultOf(value, "") === null,
);
/** A count or an index. */
export const COUNT = shapeOf<number>("a whole number, 0 or more", isCount);

/** One value of a closed list. */
export function oneOf<T extends string | number>(allowed: readonly T[]): Shape<T> {
  return shapeOf(`one of ${allowed.join(", ")}`, (value) => allowed.some((one) => one === value));
}

export function nullOr<T>(shape: Shape<T>): Shape<T | null> {
  return { faultOf: (value, path) => (value === null ? null : shape.faultOf(value, path)) };
}

/** The value may be absent. */
export function absentOr<T>(shape: Shape<T>): Shape<T | undefined> {
  return { faultOf: (value, path) => (value === undefined ? null : shape.faultOf(value, path)) };
}

export function listOf<T>(item: Shape<T>): Shape<T[]> {
  return {
    faultOf: (value, path) => {
      if (!Array.isArray(value)) return unexpected(path, value, "a list");
      for (let at = 0; at < value.length; at++) {
        const fault = item.faultOf(value[at], `${path}[${String(at)}]`);
        if (fault !== null) return fault;
      }
      return null;
    },
  };
}

/** A list with exactly these items. */
export function tupleOf<T extends readonly unknown[]>(...items: { readonly [At in keyof T]: Shape<T[At]> }): Shape<T> {
  return {
    faultOf: (value, path) => {
      if (!Array.isArray(value) || value.length !== items.length)
        return unexpected(path, value, `a list of ${String(items.length)}`);
      return firstFault(items.length, (at) => items[at]?.faultOf(value[at], `${path}[${String(at)}]`) ?? null);
    },
  };
}

/**
 * An object with these fields. Every field of the type must be listed. Additional fields are ignored, because a later
 * version may have written them.
 */
export function objectOf<T extends object>(fields: { readonly [Key in keyof T]-?: Shape<T[Key]> }): Shape<T> {
  const shapes: readonly (readonly [string, Shape<unknown>])[] = Object.entries<Shape<unknown>>(fields);
  return {
    faultOf: (value, path) => {
      if (!isFields(value)) return unexpected(path, value, "an object");
      return firstFault(shapes.length, (at) => {
        const [name, shape] = shapes[at] ?? ["", ANYTHING];
        return shape.faultOf(value[name], path === "" ? name : `${path}.${name}`);
      });
    },
  };
}

/** An object whose keys match `key` and whose values have the shape. */
export function tableOf<Key extends string, T>(key: Shape<Key>, item: Shape<T>): Shape<Partial<Record<Key, T>>> {
  return {
    faultOf: (value, path) => {
      if (!isFields(value)) return unexpected(path, value, "an object");
      const names = Object.keys(value);
      return firstFault(names.length, (at) => {
        const name = names[at] ?? "";
        return key.faultOf(name, `${path}.${name}`) ?? item.faultOf(value[name], `${path}.${name}`);
      });
    },
  };
}

/** An object with any keys whose values have the shape. */
export function mapOf<T>(item: Shape<T>): Shape<Record<string, T>> {
  return { faultOf: tableOf(TEXT, item).faultOf };
}

/** Any value; checked elsewhere. */
export const ANYTHING: Shape<unknown> = { faultOf: () => null };

/** One of several shapes, chosen by the value of one field. */
export function variantOf<T extends object>(field: string, shapes: Readonly<Record<string, Shape<T>>>): Shape<T> {
  return {
    faultOf: (value, path) => {
      if (!isFields(value)) return unexpected(path, value, "an object");
      const kind = value[field];
      const shape = typeof kind === "string" && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
      return shape === undefined
        ? unexpected(`${path}.${field}`, kind, `one of ${Object.keys(shapes).join(", ")}`)
        : shape.faultOf(value, path);
    },
  };
}

function firstFault(count: number, faultAt: (at: number) => ShapeFault | null): ShapeFault | null {
  for (let at = 0; at < count; at++) {
    const fault = faultAt(at);
    if (fault !== null) return fault;
  }
  return null;
}

/** Describes the kind of a value, never its content, which may be secret. */
function unexpected(path: string, value: unknown, wanted: string): ShapeFault {
  return { path, because: `${kindOf(value)} stands there, expected is ${wanted}` };
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  if (typeof value === "number") return `the number ${String(value)}`;
  return typeof value === "string" ? "a text" : typeof value === "boolean" ? String(value) : "an object";
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && isFiniteNumber(value) && value >= 0;
}
