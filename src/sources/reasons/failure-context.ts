import { isAbsent } from "../text/field-value.ts";

/** Content of a logged response header X-FailureContext. */
export interface FailureContext {
  /** The back end refused, not the front end. */
  readonly isBackEnd: boolean;
  /** The decoded reason; "" when there is none. */
  readonly text: string;
}

const MAX_FIELD_LENGTH = 4_096;

/**
 * Reads `FrontEnd;401;<base64 of the reason>;;;;`. Returns null when the field is absent or does not begin with
 * `FrontEnd` or `BackEnd`.
 */
export function readFailureContext(bytes: Buffer, start: number, end: number): FailureContext | null {
  if (isAbsent(bytes, start, end)) return null;
  // Sample: FrontEnd;401;VW5hdXRob3JpemVk;;;;
  const parts = /^(FrontEnd|BackEnd);\d{0,3};?([\w+/=]*)/i.exec(
    bytes.toString("latin1", start, Math.min(end, start + MAX_FIELD_LENGTH)),
  );
  const tier = parts?.[1]?.toLowerCase();
  if (tier === undefined) return null;
  const text = Buffer.from(parts?.[2] ?? "", "base64").toString("utf8");
  return { isBackEnd: tier === "backend", text };
}
