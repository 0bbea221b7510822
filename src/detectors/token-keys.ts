import type { ProbeOutcome } from "../model/probe/probe.ts";
import type { PublishedKeys } from "../model/snapshot/signing-keys.ts";
import { publishedKeysOf, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { heldByUsersIssuers, thumbprintOfKeyId } from "../model/snapshot/token-key.ts";

/** A key that has signed a token of the probe, by thumbprint, and the last time that it did, Unix milliseconds. */
export interface TokenKey {
  readonly thumbprint: string;
  readonly atMs: number;
}

/** What is known of keys. */
export interface KeyKnowledge {
  readonly snapshot: Snapshot | null;
  /** Last fetch of each AuthServer's keys by this program. */
  readonly published: readonly PublishedKeys[];
  readonly tokenKeys: readonly TokenKey[];
}

const MAX_TOKEN_KEYS = 10;
/** A key counts as one that signs for so long after the last token that it signed: tokens live for about an hour. */
const TOKEN_KEY_MS = 7_200_000;
/** The last time of a key is noted so often at most. */
const TOKEN_KEY_NOTE_MS = 600_000;

/** What this program fetched holds before what the snapshot's collector saw, unless that is newer. */
export function publishedNow(state: KeyKnowledge): readonly PublishedKeys[] {
  const own = new Map(state.published.map((keys) => [keys.authServer.toLowerCase(), keys]));
  for (const keys of state.snapshot === null ? [] : publishedKeysOf(state.snapshot)) {
    const known = own.get(keys.authServer.toLowerCase());
    if (known === undefined || known.fetchedAtMs < keys.fetchedAtMs) own.set(keys.authServer.toLowerCase(), keys);
  }
  return [...own.values()];
}

/** The same list when no key is new and none has been noted for long. */
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

/** Keys that sign the probe's tokens and that AD lacks, whether or not they are known to be published. */
export function missingTokenKeys(state: KeyKnowledge, atMs: number): readonly string[] {
  const held = heldByUsersIssuers(state.snapshot === null ? null : trustedKeys(state.snapshot));
  if (held === null) return [];
  return state.tokenKeys
    .filter((key) => atMs - key.atMs < TOKEN_KEY_MS && !held.has(key.thumbprint))
    .map(({ thumbprint }) => thumbprint);
}
