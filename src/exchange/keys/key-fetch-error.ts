export const KEY_FETCH_ERROR_KINDS = [
  /** The URL, or the target of a redirect, is not https. */
  "not_https",
  /** Too many redirects, or a redirect without a location. */
  "redirect",
  /** A redirect or a key set's URL names a host that is neither the metadata's nor one of Microsoft's. */
  "host",
  /** The answer has a status other than 200 and 304. */
  "status",
  /** No complete answer in time. */
  "timeout",
  /** The answer is larger than the limit. */
  "too_large",
  /** The server's certificate is not trusted, has expired or names another host. */
  "certificate",
  /** No connection, or the connection broke. */
  "network",
  /** The answer is not a key set. */
  "format",
] as const;
export type KeyFetchErrorKind = (typeof KEY_FETCH_ERROR_KINDS)[number];

/** Keys that could not be fetched. The message names only the host, never a path, a proxy or a part of the answer. */
export class KeyFetchError extends Error {
  readonly kind: KeyFetchErrorKind;

  constructor(kind: KeyFetchErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFetchError";
    this.kind = kind;
  }
}
