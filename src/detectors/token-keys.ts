import type { ProbeOutcome } from "../model/probe/probe.ts";
import type { PublishedKeys } from "../model/snapshot/signing-keys.ts";
import { publishedKeysOf, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { heldByUsersIssuers, thumbprintOfKeyId } from "../model/snapshot/token-key.ts";

/** A key that signed a token of the probe, by thumbprint, and the last time that it did, Unix milliseconds. */
export interface TokenKey {
  readonly thumbprint: string;
  readonly atMs: number;
}

/** All known keys. */
export interface KeyKnowledge {
  readonly snapshot: Snapshot | null;
  /** The exporter's last fetch of the keys of each AuthServer. */
  readonly published: readonly PublishedKeys[];
  readonly tokenKeys: readonly TokenKey[];
}

const MAX_TOKEN_KEYS = 10;
/** A key counts as signing for this time after the last token that it signed. Tokens live for about an hour. */
const TOKEN_KEY_MS = 7_200_000;
/** Minimum time between two updates of a key's last use. */
const TOKEN_KEY_NOTE_MS = 600_000;

/** Keys published now: those that the exporter fetched, unless the snapshot has newer ones. */
export function publishedNow(state: KeyKnowledge): readonly PublishedKeys[] {
  const own = new Map(state.published.map((keys) => [keys.authServer.toLowerCase(), keys]));
  for (const keys of state.snapshot === null ? [] : publishedKeysOf(state.snapshot)) {
    const known = own.get(keys.authServer.toLowerCase());
    if (known === undefined || known.fetchedAtMs < keys.fetchedAtMs) own.set(keys.authServer.toLowerCase(), keys);
  }
  return [...own.values()];
}

/**
 * Adds the keys that signed the probe's tokens. Returns the same array when no key is new and no last use needs an
 * update.
 */
export function noteTokenKeys(state: KeyKnowledge, outcomes: readonly ProbeOutcome[]): readonly TokenKey[] {
  let { tokenKeys } = state;
  for (const { keyId, atMs } of outcomes) {
    const thumbprint = keyId === null ? null : thumbprintOfKeyId(keyId, publishedNow(state));
    if (thumbprint === null) continue;
    const known = tokenKeys.find((key) => key.thumbprint === thumbprint);
    if (known !== undefined && atMs - known.atMs < TOKEN_KEY_NOTE_MS) continue;
    const others = tokenKeys.filter((key) => key !== known && atMs - key.atMs < TOKEN_KEY_MS);
    tokenKeys = [...others, { thumbprint, atMs }].slice(-MAX_TOKEN_KEYS);
  }
  return tokenKeys;
}

/**
 * Thumbprints of keys that sign the probe's tokens and that AD lacks, whether or not they are known to be published.
 */
export function missingTokenKeys(state: KeyKnowledge, atMs: number): readonly string[] {
  const held = heldByUsersIssuers(state.snapshot === null ? null : trustedKeys(state.snapshot));
  if (held === null) return [];
  return state.tokenKeys
    .filter((key) => atMs - key.atMs < TOKEN_KEY_MS && !held.has(key.thumbprint))
    .map(({ thumbprint }) => thumbprint);
}
