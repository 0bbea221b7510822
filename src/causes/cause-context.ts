import type { LoopReason } from "../detectors/loop.ts";
import type { Recycle } from "../detectors/recycle.ts";
import type { AppPool } from "../model/app-pool.ts";
import type { EvidenceSource } from "../model/finding.ts";
import type { Cause } from "../model/label-values.ts";
import type { AuthAdminEventName, OAuthEventName } from "../model/row.ts";
import type { ProbeObservation } from "../probe/probe-observations.ts";

export type TokenIssuer = "Entra ID" | "AD FS";

/** A measurement of a server's clock against another clock. `seconds` is the absolute difference. */
export interface ClockOffset {
  readonly atMs: number;
  readonly seconds: number;
  /**
   * How it was measured: a snapshot compared the clocks, the probe read the `Date` header of an answer, or rows of this
   * log are dated ahead of the exporter's clock.
   */
  readonly source: EvidenceSource;
}

/** Everything known about an incident when its cause is named. Instants in Unix milliseconds. */
export interface CauseContext {
  readonly server: string;
  readonly appPool: AppPool;
  /** The issuer that signs users' tokens in this organisation. */
  readonly issuer: TokenIssuer;
  readonly startMs: number;
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly clients: number;
  /** Number of its clients that were served before or after the incident. */
  readonly clientsServed: number;
  readonly rejections: number;
  /** Rejections for which a log shows a reason, and answers with 4000000. */
  readonly proven: number;
  readonly backEndRejections: number;
  /** Number of requests by reason. */
  readonly categories: Readonly<Partial<Record<LoopReason, number>>>;
  /** The log that showed the rejections. */
  readonly source: EvidenceSource;
  /** Time of the first success that ended one of its loops; null when none did. */
  readonly recoveredAtMs: number | null;
  /**
   * Recycles of this pool on this server from a day before the incident to its end, in order of time, and also one that
   * a process id shows soon after.
   */
  readonly recycles: readonly Recycle[];
  /** There is a log that shows recycles of this pool (Windows events, or process ids since it began). */
  readonly recyclesAreVisible: boolean;
  /** True when the pool accepted a Bearer token between `sinceMs` and the start of the incident. */
  readonly acceptedSince: (sinceMs: number) => boolean;
  /** True when the pool accepted a Bearer token between `sinceMs` and the end of the incident. */
  readonly acceptedMeanwhile: (sinceMs: number) => boolean;
  /** Time of the first row of the server. Nothing is known of the time before. */
  readonly logsBeginMs: number;
  /** Time of the first Bearer token that the pool received after `sinceMs`; null when there was none. */
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
  /** The same pool on other servers that had Bearer traffic around the incident. */
  readonly peers: readonly Peer[];
  /** Another Bearer pool of this server refuses tokens at the same time for the same reason. */
  readonly otherPoolsRefuse: boolean;
  /** From here on: facts from sources other than request logs; null or empty when unknown. */
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
  /** Probe results for this pool's virtual directories around the incident. */
  readonly probe: readonly ProbeObservation[];
}

/** The same pool on another server that received Bearer tokens during the incident. */
export interface Peer {
  readonly server: string;
  readonly isRefusing: boolean;
  /** Its worker process was replaced shortly before it began to refuse tokens. */
  readonly wasRecycled: boolean;
  /** Start of its incident, Unix milliseconds; 0 when it has none. */
  readonly startMs: number;
}
