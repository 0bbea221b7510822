import {
  EVIDENCE_KINDS,
  EVIDENCE_SOURCES,
  RAW_ROW_KINDS,
  type Evidence,
  type RowLocation,
} from "../../model/finding.ts";
import { CAUSES, LOOP_OUTCOMES, SCHEMES } from "../../model/label-values.ts";
import { REQUEST_SOURCES, type RequestRow } from "../../model/row.ts";
import {
  absentOr,
  COUNT,
  listOf,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  TEXT,
  TRUTH,
  type Shape,
} from "../../model/shape/shape.ts";
import type { EngineDump } from "../engine-state.ts";
import type { IncidentRecord, LoopRecord } from "../incidents/incident-record.ts";
import type {
  StoredAttempt,
  StoredClient,
  StoredIncident,
  StoredOpenRun,
  StoredRequest,
  StoredRunAlone,
} from "../stored-records.ts";
import { APP_POOL, CATEGORY, RUN, RUN_FIELDS, PLACE, PROTOCOL, SERVER_SHAPE } from "./server-shape.ts";

/** What the parsers give, and nothing else: a host's label or a hash. A name that is neither may be anything, a user's among them. */
const PEER = shapeOf<string>('a host name or ""', (value) => typeof value === "string" && isPeerName(value));

/** Sample: ex02 */
export function isPeerName(text: string): boolean {
  return /^[a-z0-9_-]{0,63}$/.test(text);
}

const ROW: Shape<RequestRow> = objectOf<RequestRow>({
  kind: oneOf(["request"]),
  source: oneOf(REQUEST_SOURCES),
  atMs: NUMBER,
  requestKey: NUMBER,
  protocol: PROTOCOL,
  appPool: APP_POOL,
  scheme: oneOf(SCHEMES),
  status: COUNT,
  subStatus: nullOr(COUNT),
  win32Status: nullOr(COUNT),
  backEndStatus: COUNT,
  category: nullOr(CATEGORY),
  isBackEndReason: TRUTH,
  showsReasons: TRUTH,
  hasUser: nullOr(TRUTH),
  takesBearer: TRUTH,
  namesDevice: TRUTH,
  ipKey: NUMBER,
  userAgentKey: NUMBER,
  idsKey: NUMBER,
  processId: COUNT,
  peerServer: PEER,
});

const REQUEST = objectOf<StoredRequest>({
  key: NUMBER,
  server: COUNT,
  front: nullOr(ROW),
  proxy: nullOr(ROW),
  back: nullOr(ROW),
  place: PLACE,
  isCounted: TRUTH,
  isAssumed: TRUTH,
  judgeAtMs: NUMBER,
  forgetAtMs: NUMBER,
  trackKey: nullOr(NUMBER),
  entryPlace: nullOr(PLACE),
});

const ATTEMPT = objectOf<StoredAttempt>({
  atMs: NUMBER,
  fileKey: NUMBER,
  offset: COUNT,
  kind: oneOf(["refused", "asked", "success", "other"]),
  category: nullOr(CATEGORY),
  isBackEnd: TRUTH,
  protocol: PROTOCOL,
  takenAtMs: NUMBER,
});

const OPEN_RUN = objectOf<StoredOpenRun>({ lastRequestMs: NUMBER, refusals: nullOr(RUN), asking: nullOr(RUN) });
const RUN_ALONE = objectOf<StoredRunAlone>({ ...RUN_FIELDS, lastRequestMs: NUMBER });
/** Version 0.1.0 stored a run alone. */
const BASE: Shape<StoredOpenRun | StoredRunAlone> = {
  faultOf: (value, path) =>
    (typeof value === "object" && value !== null && "refusals" in value ? OPEN_RUN : RUN_ALONE).faultOf(value, path),
};

const CLIENT = objectOf<StoredClient>({
  key: NUMBER,
  pool: NUMBER,
  client: NUMBER,
  wasServed: TRUTH,
  base: nullOr(BASE),
  servedBefore: absentOr(TRUTH),
  entries: listOf(ATTEMPT),
});

const EVIDENCE = objectOf<Evidence>({
  at: shapeOf<string>("an instant", (value) => typeof value === "string" && !Number.isNaN(Date.parse(value))),
  kind: oneOf(EVIDENCE_KINDS),
  text: TEXT,
  source: oneOf(EVIDENCE_SOURCES),
  place: absentOr(objectOf<RowLocation>({ server: TEXT, file: TEXT, offset: COUNT })),
});
const INCIDENT_ROW = objectOf<IncidentRecord["rows"][number]>({
  atMs: NUMBER,
  what: oneOf(RAW_ROW_KINDS),
  server: TEXT,
  file: TEXT,
  offset: COUNT,
});

const INCIDENT = objectOf<StoredIncident>({
  server: TEXT,
  appPool: APP_POOL,
  cause: oneOf(CAUSES),
  confidence: NUMBER,
  evidence: listOf(EVIDENCE),
  startMs: NUMBER,
  endMs: NUMBER,
  isOpen: TRUTH,
  clients: COUNT,
  rejections: COUNT,
  proven: TRUTH,
  expectedEndMs: nullOr(NUMBER),
  places: absentOr(listOf(INCIDENT_ROW)),
});

const LOOP = objectOf<LoopRecord>({
  server: TEXT,
  appPool: APP_POOL,
  protocol: PROTOCOL,
  client: NUMBER,
  startMs: NUMBER,
  endMs: NUMBER,
  rejections: COUNT,
  category: CATEGORY,
  outcome: nullOr(oneOf(LOOP_OUTCOMES)),
});

/** The engine in the state record. */
export const ENGINE_SHAPE: Shape<EngineDump> = objectOf<EngineDump>({
  servers: listOf(SERVER_SHAPE),
  tracks: listOf(CLIENT),
  requests: listOf(REQUEST),
  requestsDropped: COUNT,
  successes: listOf(listOf(NUMBER)),
  past: objectOf<EngineDump["past"]>({ incidents: listOf(INCIDENT), loops: listOf(LOOP) }),
  seenEvents: listOf(NUMBER),
  tracksDropped: COUNT,
  clockMs: shapeOf<number>("a number", (value) => value === null || NUMBER.faultOf(value, "") === null),
});
