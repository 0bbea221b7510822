import { APP_POOLS, type AppPool } from "../../model/app-pool.ts";
import { EVIDENCE_SOURCES } from "../../model/finding.ts";
import {
  CATEGORIES,
  LOOP_OUTCOMES,
  PROTOCOLS,
  RECYCLE_REASONS,
  type Category,
  type Protocol,
} from "../../model/label-values.ts";
import { AUTH_ADMIN_EVENTS, OAUTH_EVENTS, type RowPosition } from "../../model/row.ts";
import {
  absentOr,
  COUNT,
  listOf,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  tableOf,
  TEXT,
  TIME,
  TIME_OR_NEVER,
  TRUTH,
  tupleOf,
  variantOf,
  type Shape,
} from "../../model/shape/shape.ts";
import type { EarlyCount } from "../../detectors/loop.ts";
import type { WorkerObservation } from "../../detectors/recycle.ts";
import type { MixedClient } from "../clients/mixed-clients.ts";
import type { HistogramCount } from "../counters.ts";
import { REQUEST_LOGS, type RequestLog } from "../requests/log-progress.ts";
import type { ServerDump } from "../engine-state.ts";
import type { ProcessSpan } from "../incidents/worker-activity.ts";
import type { AuthAdminEvent, OAuthEvent } from "../server-state.ts";
import type { StoredLoop, StoredRun } from "../stored-records.ts";

export const APP_POOL: Shape<AppPool> = oneOf(APP_POOLS);
export const PROTOCOL: Shape<Protocol> = oneOf(PROTOCOLS);
export const CATEGORY: Shape<Category> = oneOf(CATEGORIES);
export const PLACE = objectOf<RowPosition>({ fileKey: NUMBER, offset: COUNT });

const EARLY = objectOf<EarlyCount>({ rejections: COUNT, lastRefusalMs: TIME, isProven: TRUTH });
export const RUN_FIELDS = {
  startMs: TIME,
  firstPlace: absentOr(PLACE),
  lastPlace: absentOr(PLACE),
  lastRefusalMs: TIME,
  outcome: nullOr(oneOf(LOOP_OUTCOMES)),
  endMs: TIME,
  rejections: COUNT,
  backEnd: COUNT,
  categories: tableOf(oneOf([...CATEGORIES, "suspected", "asked"] as const), COUNT),
  protocol: PROTOCOL,
  isLoop: TRUTH,
  servedBefore: absentOr(TRUTH),
  early: absentOr(nullOr(EARLY)),
};
export const RUN: Shape<StoredRun> = objectOf<StoredRun>(RUN_FIELDS);

const LOOP = objectOf<StoredLoop>({ trackKey: NUMBER, client: NUMBER, wasServed: TRUTH, span: RUN });

type Kind<K extends WorkerObservation["kind"]> = Extract<WorkerObservation, { readonly kind: K }>;
const RESTART = objectOf<Kind<"boot" | "iis_reset">>({
  kind: oneOf(["boot", "iis_reset"]),
  atMs: TIME,
  label: TEXT,
});
const WORKER_OBSERVATION = variantOf<WorkerObservation>("kind", {
  was: objectOf<Kind<"was">>({
    kind: oneOf(["was"]),
    atMs: TIME,
    appPool: APP_POOL,
    processId: COUNT,
    reason: oneOf(RECYCLE_REASONS),
    label: TEXT,
  }),
  recovery: objectOf<Kind<"recovery">>({ kind: oneOf(["recovery"]), atMs: TIME, appPool: APP_POOL, label: TEXT }),
  boot: RESTART,
  iis_reset: RESTART,
  abandoned: objectOf<Kind<"abandoned">>({ kind: oneOf(["abandoned"]), atMs: TIME, appPool: APP_POOL }),
});

const SPAN = objectOf<ProcessSpan>({
  appPool: APP_POOL,
  processId: COUNT,
  firstMs: TIME,
  lastMs: TIME,
  source: oneOf(EVIDENCE_SOURCES),
});

/** Histograms are stored by metric name and label values. Counts of metrics that no longer exist do no harm. */
const HISTOGRAM = objectOf<HistogramCount>({ counts: listOf(COUNT), sum: NUMBER });
const MOMENT = objectOf<{ appPool: AppPool; atMs: number }>({ appPool: APP_POOL, atMs: TIME });
/** Name of a folder or host, used in labels and paths. */
const SERVER_NAME = shapeOf<string>("a name", (value) => typeof value === "string" && value !== "");

/** Shape of one server in the state record. */
export const SERVER_SHAPE: Shape<ServerDump> = objectOf<ServerDump>({
  name: SERVER_NAME,
  hasFront: TRUTH,
  proxies: listOf(PROTOCOL),
  hasEventLog: TRUTH,
  backEnds: absentOr(listOf(PROTOCOL)),
  mixedClients: absentOr(
    listOf(
      objectOf<MixedClient>({
        key: NUMBER,
        appPool: APP_POOL,
        fromMs: TIME,
        toMs: TIME,
        runs: COUNT,
        refusals: COUNT,
      }),
    ),
  ),
  progress: absentOr(
    listOf(tupleOf<[RequestLog, Protocol, number, number]>(oneOf(REQUEST_LOGS), PROTOCOL, TIME, TIME)),
  ),
  coverage: absentOr(listOf(tupleOf<[Protocol, number, number]>(PROTOCOL, COUNT, COUNT))),
  counters: objectOf<ServerDump["counters"]>({
    counts: listOf(tupleOf<[string, number]>(TEXT, COUNT)),
    histograms: listOf(tupleOf<[string, HistogramCount]>(TEXT, HISTOGRAM)),
  }),
  requests: listOf(tupleOf<[number, number]>(COUNT, COUNT)),
  sightings: objectOf<ServerDump["sightings"]>({
    events: listOf(WORKER_OBSERVATION),
    processes: listOf(SPAN),
    abandoned: listOf(MOMENT),
    // null stands for -Infinity (before the first observation), which JSON cannot express.
    changedAtMs: TIME_OR_NEVER,
  }),
  places: absentOr(listOf(tupleOf<[string, number, number]>(TEXT, NUMBER, COUNT))),
  pools: listOf(
    objectOf<ServerDump["pools"][number]>({
      appPool: APP_POOL,
      settled: listOf(LOOP),
      timeline: objectOf<ServerDump["pools"][number]["timeline"]>({
        minutes: listOf(listOf(NUMBER)),
        quarters: listOf(listOf(NUMBER)),
      }),
      past: listOf(objectOf<{ startMs: number; endMs: number }>({ startMs: TIME, endMs: TIME })),
    }),
  ),
  oauthNotes: listOf(
    objectOf<OAuthEvent>({ atMs: TIME, name: oneOf(OAUTH_EVENTS), appPool: nullOr(APP_POOL), label: TEXT }),
  ),
  authAdminNotes: listOf(
    objectOf<AuthAdminEvent>({ atMs: TIME, name: oneOf(AUTH_ADMIN_EVENTS), label: TEXT, server: TEXT }),
  ),
  countedRecycles: listOf(MOMENT),
  firstEventMs: nullOr(TIME),
  lastEventMs: nullOr(TIME),
});
