import type { KeyChangeKind } from "../../model/label-values.ts";
import { HOUR_MS } from "../../model/durations.ts";

/** A change of the simulated organisation at `atMs` (Unix milliseconds). */
export type OrganisationChange =
  /** Entra ID publishes one more signing key and withdraws its oldest. */
  | { readonly kind: "keys_published"; readonly atMs: number }
  /** Active Directory has all published keys from now on. */
  | { readonly kind: "keys_trusted"; readonly atMs: number }
  /** A server goes into maintenance, or comes back. */
  | { readonly kind: "components"; readonly atMs: number; readonly server: string; readonly isActive: boolean }
  /** The server's clock minus the true time. */
  | { readonly kind: "clock"; readonly atMs: number; readonly server: string; readonly offsetSeconds: number }
  /** Sets whether the server can reach Entra ID. */
  | { readonly kind: "outbound"; readonly atMs: number; readonly server: string; readonly isReachable: boolean }
  /** OAuth2ClientProfileEnabled. */
  | { readonly kind: "modern_auth"; readonly atMs: number; readonly isOffered: boolean };

/** The organisation at one point in time. */
export interface OrganisationNow {
  /** Number of roll-overs so far; it decides which keys Entra ID publishes. */
  readonly published: number;
  /** Number of roll-overs whose keys Active Directory has. */
  readonly trusted: number;
  /** When the AuthServer object was last written, Unix milliseconds. */
  readonly writtenMs: number;
  /** Servers in maintenance. */
  readonly inactive: ReadonlySet<string>;
  /** Clock offset in seconds by server; servers with a correct clock are left out. */
  readonly clockOffsets: ReadonlyMap<string, number>;
  /** Servers that cannot reach Entra ID. */
  readonly cutOff: ReadonlySet<string>;
  readonly isModernAuthOffered: boolean;
}

/** The organisation before any change: AD has all published keys and was last written nine days ago. */
export function organisationAt(startMs: number): OrganisationNow {
  return {
    published: 0,
    trusted: 0,
    writtenMs: Math.floor(startMs / HOUR_MS) * HOUR_MS - 9 * 24 * HOUR_MS,
    inactive: new Set(),
    clockOffsets: new Map(),
    cutOff: new Set(),
    isModernAuthOffered: true,
  };
}

/** The organisation after a change. */
export function stepSimulatedOrganisation(now: OrganisationNow, change: OrganisationChange): OrganisationNow {
  switch (change.kind) {
    case "keys_published":
      return { ...now, published: now.published + 1 };
    case "keys_trusted":
      return { ...now, trusted: now.published, writtenMs: change.atMs };
    case "components":
      return { ...now, inactive: withMember(now.inactive, change.server, !change.isActive) };
    case "clock":
      return { ...now, clockOffsets: new Map([...now.clockOffsets, [change.server, change.offsetSeconds] as const]) };
    case "outbound":
      return { ...now, cutOff: withMember(now.cutOff, change.server, !change.isReachable) };
    case "modern_auth":
      return { ...now, isModernAuthOffered: change.isOffered };
  }
}

/** The kind of key change; null when the change is not one of keys. */
export function keyChangeOf({ kind }: OrganisationChange): KeyChangeKind | null {
  if (kind === "keys_published") return "entra_keys_published";
  return kind === "keys_trusted" ? "ad_keys_updated" : null;
}

function withMember(set: ReadonlySet<string>, member: string, isIn: boolean): ReadonlySet<string> {
  return new Set(isIn ? [...set, member] : [...set].filter((one) => one !== member));
}
