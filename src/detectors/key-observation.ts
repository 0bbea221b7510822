import type { KeyChangeKind } from "../model/label-values.ts";
import type { WindowsEventRow } from "../model/row.ts";
import { signsForUsers, type PublishedKeys } from "../model/snapshot/signing-keys.ts";
import { authCertificates, publishedKeysOf, shortServerName, trustedKeys } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";

/** An observation of keys or certificates. Instants in Unix milliseconds. */
export type KeyObservation =
  /** A whole set: published keys, trusted keys, or the one certificate in a slot. */
  | {
      readonly kind: "set";
      readonly change: KeyChangeKind;
      /** Who observed it, and which object. Observations of the same source are compared with each other. */
      readonly source: string;
      readonly atMs: number;
      /** Thumbprints, in any order. */
      readonly members: readonly string[];
      /** When the object that holds the set was last written; null when unknown. */
      readonly writtenMs: number | null;
      readonly shownBy: "snapshot" | "keys";
      /** Set for keys of AD FS; absent for keys of Entra ID and for sets that are not published keys. */
      readonly isOfAdfs?: boolean;
    }
  /** A Windows event that reports the change. */
  | { readonly kind: "event"; readonly change: KeyChangeKind; readonly atMs: number; readonly label: string };

/**
 * Observations in a snapshot: trusted and published keys of the issuers of users' tokens, and the slots of the auth
 * certificate. Empty when the snapshot has no time.
 */
export function observeSnapshot(snapshot: Snapshot): readonly KeyObservation[] {
  const { atMs } = snapshot;
  if (atMs === null) return [];
  const seenBy = shortServerName(snapshot.server ?? "").toLowerCase();
  const trusted = (trustedKeys(snapshot) ?? []).flatMap((server): readonly KeyObservation[] => {
    if (!signsForUsers(server.issuer) || server.thumbprints === null) return [];
    const writtenMs = snapshot.authServers?.find((each) => each.Name === server.authServer)?.WhenChangedUTC ?? null;
    return [
      {
        kind: "set",
        change: "ad_keys_updated",
        source: `${seenBy} ${server.authServer.toLowerCase()}`,
        atMs,
        members: server.thumbprints,
        writtenMs,
        shownBy: "snapshot",
      },
    ];
  });
  const certificates = authCertificates(snapshot).flatMap(({ slot, thumbprint }): readonly KeyObservation[] => {
    if (thumbprint === null) return [];
    const members = thumbprint === "" ? [] : [thumbprint];
    return [
      {
        kind: "set",
        change: SLOT_CHANGE[slot],
        source: seenBy,
        atMs,
        members,
        writtenMs: snapshot.authConfig?.WhenChangedUTC ?? null,
        shownBy: "snapshot",
      },
    ];
  });
  return [
    ...trusted,
    ...certificates,
    ...publishedKeysOf(snapshot).flatMap((keys) => observePublished(keys, seenBy, "snapshot")),
  ];
}

const SLOT_CHANGE = {
  current: "auth_certificate_current_changed",
  next: "auth_certificate_next_changed",
  previous: "auth_certificate_previous_changed",
} as const;

/**
 * Observation of fetched keys. Empty for an issuer that does not sign users' tokens, and for keys from a substitute
 * endpoint, which may list other keys. `seenBy` is the server's short name, or "" for the exporter.
 */
export function observePublished(
  keys: PublishedKeys,
  seenBy = "",
  shownBy: "snapshot" | "keys" = "keys",
): readonly KeyObservation[] {
  if (!signsForUsers(keys.issuer) || keys.isStandIn) return [];
  const members = keys.keys.map((key) => key.thumbprint);
  return [
    {
      kind: "set",
      change: "entra_keys_published",
      source: `${seenBy} ${keys.authServer.toLowerCase()}`,
      atMs: keys.fetchedAtMs,
      members,
      writtenMs: null,
      shownBy,
      ...(keys.issuer === "adfs" ? { isOfAdfs: true } : {}),
    },
  ];
}

/**
 * Observation in a Windows event: AuthAdmin wrote keys to AD (event 2013), or put the next auth certificate into use
 * (event 2014).
 */
export function observeEvent(row: WindowsEventRow): readonly KeyObservation[] {
  if (row.event.fact !== "auth_admin") return [];
  if (row.event.name === "trusted_issuer_updated")
    return [{ kind: "event", change: "ad_keys_updated", atMs: row.atMs, label: row.label }];
  if (row.event.name === "current_signing_updated")
    return [{ kind: "event", change: "auth_certificate_current_changed", atMs: row.atMs, label: row.label }];
  return [];
}
