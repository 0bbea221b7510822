import {
  EVIDENCE_KINDS,
  EVIDENCE_SOURCES,
  RAW_ROW_KINDS,
  type Evidence,
  type RowLocation,
} from "../../model/finding.ts";
import { CAUSES, LOOP_OUTCOMES } from "../../model/label-values.ts";
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
  TIME,
  TIME_OR_NEVER,
  TRUTH,
  type Shape,
} from "../../model/shape/shape.ts";
import type { EngineDump } from "../engine-state.ts";
import type { IncidentRecord, LoopRecord } from "../incidents/incident-record.ts";
import type { StoredAttempt, StoredClient, StoredIncident, StoredOpenRun, StoredRunAlone } from "../stored-records.ts";
import { REQUESTS_SHAPE } from "./request-shape.ts";
import { APP_POOL, CATEGORY, RUN, RUN_FIELDS, PROTOCOL, SERVER_SHAPE } from "./server-shape.ts";

const ATTEMPT = objectOf<StoredAttempt>({
  atMs: TIME,
  fileKey: NUMBER,
  offset: COUNT,
  kind: oneOf(["refused", "asked", "success", "other"]),
  category: nullOr(CATEGORY),
  isBackEnd: TRUTH,
  protocol: PROTOCOL,
  takenAtMs: TIME,
});

const OPEN_RUN = objectOf<StoredOpenRun>({ lastRequestMs: TIME, refusals: nullOr(RUN), asking: nullOr(RUN) });
const RUN_ALONE = objectOf<StoredRunAlone>({ ...RUN_FIELDS, lastRequestMs: TIME });
/** Version 0.1.0 stored only one run. */
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
  atMs: TIME,
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
  startMs: TIME,
  endMs: TIME,
  isOpen: TRUTH,
  clients: COUNT,
  rejections: COUNT,
  proven: TRUTH,
  expectedEndMs: nullOr(TIME),
  places: absentOr(listOf(INCIDENT_ROW)),
});

const LOOP = objectOf<LoopRecord>({
  server: TEXT,
  appPool: APP_POOL,
  protocol: PROTOCOL,
  client: NUMBER,
  startMs: TIME,
  endMs: TIME,
  rejections: COUNT,
  category: CATEGORY,
  outcome: nullOr(oneOf(LOOP_OUTCOMES)),
});

/** Shape of the engine in the state record. */
export const ENGINE_SHAPE: Shape<EngineDump> = objectOf<EngineDump>({
  servers: listOf(SERVER_SHAPE),
  tracks: listOf(CLIENT),
  requests: REQUESTS_SHAPE,
  requestsDropped: COUNT,
  successes: listOf(listOf(NUMBER)),
  past: objectOf<EngineDump["past"]>({ incidents: listOf(INCIDENT), loops: listOf(LOOP) }),
  seenEvents: listOf(NUMBER),
  tracksDropped: COUNT,
  clockMs: TIME_OR_NEVER,
});
