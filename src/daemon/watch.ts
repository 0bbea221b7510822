import { randomBytes } from "node:crypto";
import type { Config } from "../config/config-schema.ts";
import { createEngine, LIVE_LIMITS, serverOf, type Engine, type EngineOptions } from "../engine/create-engine.ts";
import { acceptRow, acceptWorker, advance, notePresent } from "../engine/engine.ts";
import { dumpEngine, restoreEngine, type EngineDump } from "../engine/engine-state.ts";
import { createFollower, type Follower, type PollReport } from "../follow/follower.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { FollowState } from "../follow/follow-state.ts";
import type { RowSink } from "../follow/row-sink.ts";
import { logKnowledge } from "./log-knowledge.ts";

/** All that outlives the process: one record, taken between two polls. */
export interface WatchRecord {
  readonly recordVersion: 1;
  /** Key of the clients' pseudonyms, hex. Never leaves the state folder. */
  readonly secret: string;
  readonly engine: EngineDump;
  readonly follow: FollowState;
  /** What the collectors learned, as their owner keeps it. */
  readonly organisation: unknown;
}

export interface WatchOptions {
  readonly config: Config;
  readonly target: FollowTarget;
  /** Null at the first start. */
  readonly record: WatchRecord | null;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

/** Logs followed into an engine: the only copy of the state. */
export interface Watch {
  readonly engine: Engine;
  readonly follower: Follower;
  readonly secret: string;
  /** The instant up to which silence is known: the wall clock, or the rows' own where they are ahead of it (a simulated farm). */
  readonly nowMs: () => number;
  /** Reads what is new and moves the engine's clock on. */
  readonly poll: () => Promise<PollReport>;
  /** The record as of now. Call it between polls. */
  readonly record: (organisation: unknown) => WatchRecord;
}

/** A clock that is ahead by more than this is a fault of the row, not a farm at speed. */
const MOST_AHEAD_MS = 30 * 86_400_000;

export function startWatch({ config, target, record, now }: WatchOptions): Watch {
  const options: EngineOptions = {
    rules: { loop: config.loop, incident: config.incident },
    limits: { ...LIVE_LIMITS, openRequests: config.limits.openRequests, tracks: config.limits.clients, pastIncidents: config.limits.pastIncidents, pastLoops: config.limits.pastLoops },
    mode: "live",
  };
  const engine = record === null ? createEngine(options) : restoreEngine(options, record.engine);
  const secret = record?.secret ?? randomBytes(32).toString("hex");
  const lead = { aheadMs: 0, newestMs: -Infinity };
  const sink = liveSink(engine, lead, now);
  const follower = createFollower({
    target,
    knowledge: logKnowledge(config),
    sink,
    lookbackMs: config.follow.lookbackMs,
    now,
    ...(record === null ? {} : { state: record.follow }),
  });
  const nowMs = (): number => now() + lead.aheadMs;
  return {
    engine,
    follower,
    secret,
    nowMs,
    poll: async () => {
      const report = await follower.poll();
      for (const server of follower.servers()) serverOf(engine, server);
      advance(engine, now(), nowMs());
      return report;
    },
    record: (organisation) => ({ recordVersion: 1, secret, engine: dumpEngine(engine), follow: follower.state(), organisation }),
  };
}

function liveSink(engine: Engine, lead: { aheadMs: number; newestMs: number }, now: () => number): RowSink {
  return {
    present: (server, place, file) => { notePresent(engine, server, place, file); },
    row: (server, row, place) => {
      const clockMs = now();
      if (row.atMs > lead.newestMs) {
        lead.newestMs = row.atMs;
        const aheadMs = row.atMs - clockMs;
        if (aheadMs > lead.aheadMs && aheadMs < MOST_AHEAD_MS) lead.aheadMs = aheadMs;
      }
      if (row.kind === "worker") acceptWorker(serverOf(engine, server), row, clockMs);
      else acceptRow(engine, server, row, place, clockMs);
    },
    // Live rows are held by the clock, not by the watermark.
    advance: () => undefined,
  };
}
