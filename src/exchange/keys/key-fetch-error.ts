export const KEY_FETCH_ERROR_KINDS = [
  /** The URL, or one it led to, is not https. */
  "not_https",
  /** More redirects than allowed, or one without a place. */
  "redirect",
  /** A redirect, or a key set's URL, to a host that is neither the metadata's nor one of Microsoft's. */
  "host",
  /** An answer other than 200 and 304. */
  "status",
  /** No whole answer in time. */
  "timeout",
  /** More bytes than the cap. */
  "too_large",
  /** The server's certificate is not trusted, has expired or names another host. */
  "certificate",
  /** No connection, or one that broke. */
  "network",
  /** An answer that is no key set. */
  "format",
] as const;
export type KeyFetchErrorKind = (typeof KEY_FETCH_ERROR_KINDS)[number];

/** Keys that could not be fetched. The message names the host alone, never a path, a proxy or anything the answer held. */
export class KeyFetchError extends Error {
  readonly kind: KeyFetchErrorKind;

  constructor(kind: KeyFetchErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFetchError";
    this.kind = kind;
  }
}
