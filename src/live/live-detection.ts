import { randomBytes } from "node:crypto";
import type { Config } from "../config/config-schema.ts";
import { createEngine, LIVE_LIMITS, serverOf, type Engine, type EngineOptions } from "../engine/create-engine.ts";
import { acceptRow, acceptWorker } from "../engine/accept-row.ts";
import { advance, notePresent, setRules } from "../engine/engine.ts";
import { restoreEngine, streamEngine } from "../engine/engine-state.ts";
import { type EngineView, isViewOf, viewAt } from "../engine/incidents/engine-view.ts";
import { createFollower, type Follower, type PollReport } from "../follow/follower.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { LogKnowledge } from "../reading/log-knowledge.ts";
import type { RowSink } from "../reading/row-sink.ts";
import type { Clock } from "../model/clock.ts";
import type { LogFormat, Protocol } from "../model/label-values.ts";
import type { Row, RowPosition } from "../model/row.ts";
import type { DetectionRules } from "../model/rules.ts";
import { noteScanned } from "../engine/scanned-requests.ts";
import { noteRowAhead, ROW_AHEAD_MS } from "../engine/rows-ahead.ts";
import { logKnowledge } from "../reading/configured-knowledge.ts";
import { agentPatterns } from "../sources/noise/agent-pattern.ts";
import { HoldClock } from "./hold-clock.ts";
import { LIVE_RECORD_VERSION, type LiveRecord, type LiveRecordStream } from "./live-record.ts";

export interface LiveDetectionOptions {
  /** Returns the current configuration. */
  readonly live: { readonly inForce: () => Config };
  readonly target: FollowTarget;
  /** Null at the first start. */
  readonly record: LiveRecord | null;
  readonly clock: Clock;
  /** Default: the knowledge of the configuration in force. */
  readonly knowledge?: LogKnowledge;
}

/** Follows logs and feeds an engine. Holds the only copy of the state. */
export interface LiveDetection {
  readonly engine: Engine;
  readonly follower: Follower;
  readonly secret: string;
  /** Wall clock, Unix ms. How long there have been no rows is measured by it alone, whatever times the rows have. */
  readonly nowMs: () => number;
  /** The engine's clock, Unix ms: for facts that do not come from logs. */
  readonly clockMs: () => number;
  /** What the engine shows now. Answers at the same instant share a view, so that loops and incidents are judged once for all of them. */
  readonly view: () => EngineView;
  /** Reads new rows and advances the engine's clock. */
  readonly poll: () => Promise<PollReport>;
  /** The current record, made while it is read. Call it between polls; no poll may begin before it was read to its end. */
  readonly recordStream: (organisation: unknown) => LiveRecordStream;
}

/** Restores the state of `record`, or starts with an empty one. Does no I/O before the first `poll()`. */
export function startLiveDetection(given: LiveDetectionOptions): LiveDetection {
  const { live, target, record, clock: clocks } = given;
  const config = live.inForce();
  const options: EngineOptions = {
    rules: rulesOf(config),
    limits: {
      ...LIVE_LIMITS,
      openRequests: config.limits.openRequests,
      refusedClients: config.limits.clients,
      pastIncidents: config.limits.pastIncidents,
      pastLoops: config.limits.pastLoops,
    },
    mode: "live",
  };
  const engine = record === null ? createEngine(options) : restoreEngine(options, record.engine);
  const secret = record?.secret ?? randomBytes(32).toString("hex");
  const now = clocks.wall;
  const held = record === null ? null : (record.clock ?? { lagMs: 0 });
  const clock = new HoldClock(held, clocks, held?.lagMs === null ? newestRowMs(engine) : engine.clockMs);
  const sink = liveSink(engine, clock, now);
  const follower = createFollower({
    target,
    knowledge: given.knowledge ?? logKnowledge(config, agentPatterns(config.noise.agents)),
    sink,
    lookbackMs: config.follow.lookbackMs,
    clock: clocks,
    ...(record === null ? {} : { state: record.follow }),
  });
  let view = viewAt(engine, now());
  return {
    engine,
    follower,
    secret,
    nowMs: now,
    clockMs: () => (clock.isFirstReading ? now() : clock.ms),
    view: () => {
      const nowMs = now();
      if (!isViewOf(view, nowMs)) view = viewAt(engine, nowMs);
      return view;
    },
    poll: async () => {
      setRules(engine, rulesOf(live.inForce()));
      const report = await follower.poll();
      for (const server of follower.servers()) serverOf(engine, server);
      if (report.isCaughtUp) clock.endFirstReading();
      if (!clock.isFirstReading) advance(engine, clock.ms, now());
      return report;
    },
    recordStream: (organisation) => ({
      recordVersion: LIVE_RECORD_VERSION,
      secret,
      engine: streamEngine(engine),
      follow: follower.stateStream(),
      clock: clock.record(),
      organisation,
    }),
  };
}

/** Time of the newest row of any request log (Unix ms); -Infinity before the first. */
function newestRowMs({ servers }: Engine): number {
  return servers
    .flatMap(({ progress }) => progress.dump())
    .reduce((most, [, , atMs]) => Math.max(most, atMs), -Infinity);
}

function rulesOf({ loop, incident }: Config): DetectionRules {
  return { loop, incident };
}

/** Time between two steps of the engine in the first reading, ms of event time. */
const FIRST_READING_STEP_MS = 30_000;

const NO_PROTOCOLS: ReadonlySet<Protocol> = new Set();

/** Logs that the scanner reads for a live engine. It returns each of their requests that can have an effect as a full row. */
const SCANNED: ReadonlySet<LogFormat> = new Set(["iis", "http_proxy"]);

function liveSink(engine: Engine, clock: HoldClock, now: () => number): RowSink {
  const take = (server: string, row: Row, position: RowPosition): void => {
    const aheadMs = row.atMs - now();
    if (aheadMs > ROW_AHEAD_MS) noteRowAhead(serverOf(engine, server), row, aheadMs);
    const clockMs = clock.atRow(row.atMs);
    if (row.kind === "worker") acceptWorker(engine, { server, row, clockMs });
    else acceptRow(engine, { server, row, position, clockMs });
  };
  return {
    present: (server, log, file) => {
      notePresent(engine, server, { log, file });
    },
    row: take,
    protocolsSettledByOneLog: (_, { format }) => (SCANNED.has(format) ? NO_PROTOCOLS : null),
    // A row ahead of the clock does not move it, and may be reported: `row` takes each by itself.
    scansUntilMs: now,
    scanned: (server, rows, { fileKey, offset }) => {
      const { count, starts } = rows;
      for (let index = 0; index < count; index++)
        take(server, rows.fullRow(index), { fileKey, offset: offset + (starts[index] ?? 0) });
      noteScanned(engine, server, rows);
      clock.atRow(rows.newestAtMs);
    },
    // After the first reading, `poll()` advances the engine by the clock, not by the watermark.
    advance: (watermarkMs) => {
      if (!clock.isFirstReading || watermarkMs - engine.clockMs < FIRST_READING_STEP_MS) return;
      clock.noteWatermark(watermarkMs);
      advance(engine, clock.ms, clock.ms);
    },
  };
}
