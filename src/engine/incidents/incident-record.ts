import type { CauseVerdict } from "../../causes/name-cause.ts";
import type { RawRowKind } from "../../model/finding.ts";
import type { AppPool } from "../../model/app-pool.ts";
import type { Category, LoopOutcome, Protocol } from "../../model/label-values.ts";

/** An incident as it stands. Instants in Unix milliseconds. */
export interface IncidentRecord extends CauseVerdict {
  readonly server: string;
  readonly appPool: AppPool;
  readonly startMs: number;
  readonly endMs: number;
  readonly isOpen: boolean;
  readonly clients: number;
  readonly rejections: number;
  readonly proven: boolean;
  /** 30 minutes after the first Bearer token that the new worker got; null when that is not known. */
  readonly expectedEndMs: number | null;
  /** Rows that belong to it, at most 20, in order of time. */
  readonly rows: readonly EvidenceRow[];
}

export interface LoopRecord {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  readonly client: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly rejections: number;
  readonly category: Category;
  /** Null while it is open. */
  readonly outcome: LoopOutcome | null;
}

/** A row of a log that belongs to an incident, and where it stands. */
export interface EvidenceRow {
  /** Time of the row, Unix milliseconds. */
  readonly atMs: number;
  readonly what: RawRowKind;
  readonly server: string;
  /** Below the server's folder, with `/`. */
  readonly file: string;
  /** Of the line's first byte; in the unpacked text for `.gz`. */
  readonly offset: number;
}
