import type { LoopReason } from "../detectors/loop.ts";
import type { Recycle } from "../detectors/recycle.ts";
import type { AppPool } from "../model/app-pool.ts";
import type { EvidenceSource } from "../model/finding.ts";
import type { Cause } from "../model/label-values.ts";
import type { AuthAdminEventName, OAuthEventName } from "../model/row.ts";
import type { ProbeSighting } from "../probe/probe-sightings.ts";

export type TokenIssuer = "Entra ID" | "AD FS";

/** A measurement of a server's clock against another: `seconds` is how far it is off, whatever the direction. */
export interface ClockOffset {
  readonly atMs: number;
  readonly seconds: number;
  /** What measured it: a snapshot asked the server, or rows of that log are dated ahead of the exporter's clock. */
  readonly source: EvidenceSource;
}

/** All that is known of an incident when its cause is named. Instants in Unix milliseconds. */
export interface CauseContext {
  readonly server: string;
  readonly appPool: AppPool;
  /** Who signs the tokens of users in this organisation. */
  readonly issuer: TokenIssuer;
  readonly startMs: number;
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly clients: number;
  /** Clients of it that were served before it, or after. */
  readonly clientsServed: number;
  readonly rejections: number;
  /** Of those: refused for a reason, or answered with 4000000. */
  readonly proven: number;
  readonly backEndRejections: number;
  /** Requests by what they were answered. */
  readonly categories: Readonly<Partial<Record<LoopReason, number>>>;
  /** The log that showed the rejections. */
  readonly source: EvidenceSource;
  /** The first success that ended one of its loops; null when none did. */
  readonly recoveredAtMs: number | null;
  /**
   * Recycles of this pool on this server from a day before the incident to its end, in order of time, and one that a process id shows
   * soon after.
   */
  readonly recycles: readonly Recycle[];
  /** A log that shows recycles of this pool is there (events, or process ids since it began). */
  readonly recyclesAreVisible: boolean;
  /** True when the pool accepted a Bearer token after that instant and before the incident. */
  readonly acceptedSince: (sinceMs: number) => boolean;
  /** The same up to the end of the incident. */
  readonly acceptedMeanwhile: (sinceMs: number) => boolean;
  /** The first row of the server that is known: what was before it is unknown. */
  readonly logsBeginMs: number;
  /** The first Bearer token presented to the pool after that instant; null when none was seen. */
  readonly firstBearerSince: (sinceMs: number) => number | null;
  readonly oauthEvents: readonly {
    readonly atMs: number;
    readonly name: OAuthEventName;
    readonly appPool: AppPool | null;
    readonly label: string;
  }[];
  readonly authAdminEvents: readonly {
    readonly atMs: number;
    readonly name: AuthAdminEventName;
    readonly label: string;
    readonly server: string;
  }[];
  /** The same pool on the other servers that had Bearer traffic around the incident. */
  readonly peers: readonly Peer[];
  /** Another Bearer pool of this server refuses at the same time for the same reason. */
  readonly otherPoolsRefuse: boolean;
  /** What is known from outside the logs; null or empty when it is not. */
  readonly missingKeys: { readonly count: number; readonly atMs: number } | null;
  readonly keyChanges: readonly {
    readonly atMs: number;
    readonly text: string;
    readonly isPublished: boolean;
    readonly shownBy: "events" | "snapshot" | "keys";
  }[];
  readonly clockOffset: ClockOffset | null;
  readonly failedChecks: readonly {
    readonly check: string;
    readonly found: string;
    readonly atMs: number;
    readonly speaksFor: Cause;
  }[];
  readonly activations: readonly { readonly atMs: number; readonly text: string }[];
  /** What the probe saw of this pool's virtual directories around the incident. */
  readonly probe: readonly ProbeSighting[];
}

/** The same pool on another server, where Bearer tokens were presented at the time of the incident. */
export interface Peer {
  readonly server: string;
  readonly isRefusing: boolean;
  /** Its worker was replaced shortly before it began to refuse. */
  readonly wasRecycled: boolean;
  /** Start of its incident; 0 without one. */
  readonly startMs: number;
}
