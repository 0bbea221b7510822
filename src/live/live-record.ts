import type { EngineDump, EngineStream } from "../engine/engine-state.ts";
import { ENGINE_SHAPE } from "../engine/record/engine-shape.ts";
import { faultOfRequests } from "../engine/record/request-shape.ts";
import { FOLLOW_SHAPE, type FollowState, type FollowStream } from "../follow/follow-state.ts";
import {
  absentOr,
  ANYTHING,
  hasShape,
  TIME,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  type Shape,
} from "../model/shape/shape.ts";
import { broughtUp } from "./older-records.ts";
import type { HoldClockRecord } from "./hold-clock.ts";

/** Version of the record's content. A newer record is never read; an older one is converted. */
export const LIVE_RECORD_VERSION = 3;

/** The state that outlives the process: one record, taken between two polls. */
export interface LiveRecord {
  readonly recordVersion: typeof LIVE_RECORD_VERSION;
  /** Key of the clients' pseudonyms, hex. Never leaves the state folder. */
  readonly secret: string;
  readonly engine: EngineDump;
  readonly follow: FollowState;
  /** Absent in records of version 0.1.0: their clock has no lag. */
  readonly clock?: HoldClockRecord;
  /** State of the collectors, in their own shape. */
  readonly organisation: unknown;
}

/** A record whose long lists are made while they are read, once: no poll may begin until then. */
export interface LiveRecordStream extends Omit<LiveRecord, "engine" | "follow"> {
  readonly engine: EngineStream;
  readonly follow: FollowStream;
}

/** Result of parsing a record. */
export type ParsedRecord<T> =
  | { readonly kind: "good"; readonly value: T }
  /** Written by a newer version of the program. */
  | { readonly kind: "newer"; readonly version: number }
  /** Complete, but not of the expected shape; `because` names the path in the record. */
  | { readonly kind: "odd"; readonly because: string };

const SHAPE: Shape<LiveRecord> = objectOf<LiveRecord>({
  recordVersion: oneOf([LIVE_RECORD_VERSION]),
  secret: shapeOf("64 hex digits", (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value)),
  engine: ENGINE_SHAPE,
  follow: FOLLOW_SHAPE,
  clock: absentOr(objectOf<HoldClockRecord>({ lagMs: nullOr(TIME) })),
  organisation: ANYTHING,
});

/** Parses the content of the state folder's file. Never throws. */
export function parseLiveRecord(value: unknown): ParsedRecord<LiveRecord> {
  const version = isFields(value) ? value["recordVersion"] : undefined;
  if (typeof version === "number" && Number.isSafeInteger(version) && version > LIVE_RECORD_VERSION)
    return { kind: "newer", version };
  const { current, fault = SHAPE.faultOf(current, "") } = broughtUp(value, LIVE_RECORD_VERSION);
  if (fault !== null) return { kind: "odd", because: `${fault.path === "" ? "record" : fault.path}: ${fault.because}` };
  const crossed = crossFault(current);
  if (crossed !== null) return { kind: "odd", because: crossed };
  return hasShape(SHAPE, current) ? { kind: "good", value: current } : { kind: "odd", because: "record" };
}

/** Checks that shapes cannot express: indexes must exist in the lists that they refer to. */
function crossFault(record: unknown): string | null {
  if (!hasShape(SHAPE, record)) return null;
  const { servers, requests } = record.engine;
  const fault = faultOfRequests(requests, servers.length);
  if (fault !== null) return fault;
  const headless = record.follow.files.findIndex(({ header }) => (header ?? -1) >= record.follow.headers.length);
  return headless < 0 ? null : `follow.files[${String(headless)}].header: there is no such header line`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
