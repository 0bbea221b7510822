import type { EngineDump } from "../engine/engine-state.ts";
import { ENGINE_SHAPE } from "../engine/record/engine-shape.ts";
import { faultOfRequests } from "../engine/record/request-shape.ts";
import { FOLLOW_SHAPE, type FollowState } from "../follow/follow-state.ts";
import {
  absentOr,
  ANYTHING,
  hasShape,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  type Shape,
} from "../model/shape/shape.ts";
import { broughtUp } from "./older-records.ts";
import type { HoldClockRecord } from "./hold-clock.ts";

/** The version of what the record holds. A newer one is never read, an older one is brought up to this. */
export const LIVE_RECORD_VERSION = 3;

/** All that outlives the process: one record, taken between two polls. */
export interface LiveRecord {
  readonly recordVersion: typeof LIVE_RECORD_VERSION;
  /** Key of the clients' pseudonyms, hex. Never leaves the state folder. */
  readonly secret: string;
  readonly engine: EngineDump;
  readonly follow: FollowState;
  /** Not there in the records of 0.1.0: they stand at the wall clock. */
  readonly clock?: HoldClockRecord;
  /** What the collectors learned, as their owner keeps it. */
  readonly organisation: unknown;
}

/** What a record turned out to be. */
export type ParsedRecord<T> =
  | { readonly kind: "good"; readonly value: T }
  /** A newer program has written it. */
  | { readonly kind: "newer"; readonly version: number }
  /** Whole, and not what it should be; `because` names the path in it. */
  | { readonly kind: "odd"; readonly because: string };

const SHAPE: Shape<LiveRecord> = objectOf<LiveRecord>({
  recordVersion: oneOf([LIVE_RECORD_VERSION]),
  secret: shapeOf("64 hex digits", (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value)),
  engine: ENGINE_SHAPE,
  follow: FOLLOW_SHAPE,
  clock: absentOr(objectOf<HoldClockRecord>({ lagMs: nullOr(NUMBER) })),
  organisation: ANYTHING,
});

/** The record in a value that the state folder held. */
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

/** What shapes cannot say: places that must exist. */
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
