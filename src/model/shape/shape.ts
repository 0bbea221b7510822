/** Where a value is not what was expected: `engine.servers[0].name`, and what stands there instead. */
export interface ShapeFault {
  readonly path: string;
  readonly because: string;
}

/** What a value read from outside must look like. `faultOf` gives the first fault, null when there is none. */
export interface Shape<T> {
  readonly faultOf: (value: unknown, path: string) => ShapeFault | null;
  /** Never set: carries the type. */
  readonly type?: T;
}

/** Whether the value has the shape; ask `faultOf` for the reason. */
export function hasShape<T>(shape: Shape<T>, value: unknown): value is T {
  return shape.faultOf(value, "") === null;
}

/** A shape of `isRight`, which is described to people by `wanted`: "a text". */
export function shapeOf<T>(wanted: string, isRight: (value: unknown) => boolean): Shape<T> {
  return { faultOf: (value, path) => (isRight(value) ? null : unexpected(path, value, wanted)) };
}

export const TEXT = shapeOf<string>("a text", (value) => typeof value === "string");
export const TRUTH = shapeOf<boolean>("true or false", (value) => typeof value === "boolean");
/** Any finite number, instants among them. */
export const NUMBER = shapeOf<number>("a number", isFiniteNumber);
/** A count or an index. */
export const COUNT = shapeOf<number>("a whole number, 0 or more", isCount);

/** A text of a closed list. */
export function oneOf<T extends string | number>(allowed: readonly T[]): Shape<T> {
  return shapeOf(`one of ${allowed.join(", ")}`, (value) => allowed.some((one) => one === value));
}

export function nullOr<T>(shape: Shape<T>): Shape<T | null> {
  return { faultOf: (value, path) => (value === null ? null : shape.faultOf(value, path)) };
}

/** May be absent. */
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

/** A list of exactly these items. */
export function tupleOf<T extends readonly unknown[]>(...items: { readonly [At in keyof T]: Shape<T[At]> }): Shape<T> {
  return {
    faultOf: (value, path) => {
      if (!Array.isArray(value) || value.length !== items.length)
        return unexpected(path, value, `a list of ${String(items.length)}`);
      return firstFault(items.length, (at) => items[at]?.faultOf(value[at], `${path}[${String(at)}]`) ?? null);
    },
  };
}

/** An object with these fields, each of which must be listed. Further ones are left alone: a later version may have written them. */
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

/** An object with any keys that `key` allows, whose values have the shape. */
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

/** An object with any keys, whose values have the shape. */
export function mapOf<T>(item: Shape<T>): Shape<Record<string, T>> {
  return { faultOf: tableOf(TEXT, item).faultOf };
}

/** Left to somebody else to look at. */
export const ANYTHING: Shape<unknown> = { faultOf: () => null };

/** The first of several shapes that fits, chosen by one field. */
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

/** Names the kind of what is there, never its content: it may be a secret. */
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
