import { finaliseClients } from "./clients/follow-clients.ts";
import { countRecycles } from "./count-recycles.ts";
import { type Engine, serverOf } from "./create-engine.ts";
import { archiveIncidents } from "./incidents/archive-incidents.ts";
import { judgeWaiting } from "./joins/judge-waiting.ts";
import { judgeRequest } from "./requests/judge-request.ts";
import { backEndsCompleteTo, END_OF_TIME, horizonsAt } from "./requests/settling.ts";
import { HISTORY_SLACK_MS, LATE_FILE_MS } from "./requests/waiting-times.ts";
import { forgetKinds, notePresence } from "./server-state.ts";
import type { AppPool } from "../model/app-pool.ts";
import type { DetectionRules } from "../model/rules.ts";
import type { OrganisationFacts } from "./organisation-facts.ts";
import type { LogKind } from "../model/row.ts";

/** History: requests and loops are judged again when the clock has moved on by this much. */
const HISTORY_STEP_MS = 10_000;

/** Live: requests that wait for a late file are judged again at this interval. */
const LATE_STEP_MS = 5_000;

/**
 * Live: a recycle is counted when nothing new was learned about its server's worker processes for this long, because a
 * recovery action is logged up to a minute before the kill.
 */
const RECYCLE_HOLD_MS = 75_000;

/** Notes that the server has a log of that kind, and the file's path. Called for every file before its first row. */
export function notePresent(
  engine: Engine,
  server: string,
  { log, file }: { readonly log: LogKind; readonly file?: { readonly fileKey: number; readonly path: string } },
): void {
  engine.changes += 1;
  // Of most files only another one is known already. With many servers, forgetting for each file would take longer than the file.
  if (notePresence(serverOf(engine, server), log)) for (const one of engine.servers) forgetKinds(one);
  if (file !== undefined) engine.files.note(file.fileKey, { server, path: file.path });
}

/** What is known of the organisation from now on: keys, checks, snapshots. */
export function learnFacts(engine: Engine, facts: OrganisationFacts): void {
  engine.changes += 1;
  engine.facts = facts;
}

/** The rules of loops and incidents from now on. What is final already does not change. */
export function setRules(engine: Engine, rules: DetectionRules): void {
  engine.changes += 1;
  engine.options = { ...engine.options, rules };
}

/** A worker process of an app pool as Windows lists it. */
export interface ListedProcess {
  readonly appPool: AppPool;
  readonly processId: number;
  readonly startedAtMs: number;
}

/** Notes the worker processes that run on a server. `clockMs` (Unix ms): the engine's clock. */
export function noteProcesses(
  engine: Engine,
  serverName: string,
  { processes, clockMs }: { readonly processes: readonly ListedProcess[]; readonly clockMs: number },
): void {
  engine.revision += 1;
  const { workers } = serverOf(engine, serverName);
  for (const { appPool, processId, startedAtMs } of processes)
    workers.noteProcess({ appPool, processId, atMs: startedAtMs, source: "workers" }, clockMs);
}

/** Notes that the server's event log can be read, so that a recycle without an event is known to have none. */
export function noteEventLog(engine: Engine, server: string): void {
  engine.revision += 1;
  serverOf(engine, server).hasEventLog = true;
}

/**
 * Advances the clock: judges requests whose other rows are overdue, makes loops final, ends incidents. `clockMs` (Unix ms): the hold
 * clock in live mode, the watermark in history. `nowMs` (Unix ms): the time against which idle and quiet times are measured (live: the
 * wall clock).
 */
export function advance(engine: Engine, clockMs: number, nowMs: number): void {
  if (engine.options.mode === "history" && clockMs - engine.clockMs < HISTORY_STEP_MS) return;
  engine.changes += 1;
  engine.clockMs = clockMs;
  const isLate = clockMs - engine.lastLateMs >= LATE_STEP_MS;
  if (isLate) engine.lastLateMs = clockMs;
  const moment = { isOverdue: true, clockMs, backEndsTo: backEndsCompleteTo(engine, clockMs) };
  engine.table.expire(
    clockMs,
    (request) => {
      if (isLate || !request.isJudged) judgeRequest(engine, request, moment);
    },
    (request) => {
      judgeWaiting(engine, request, moment);
    },
  );
  if (engine.options.mode === "history" && clockMs - engine.lastFinalisedMs < 60_000) return;
  engine.lastFinalisedMs = clockMs;
  finaliseClients(engine, horizonsAt(engine, clockMs, nowMs));
  const holdMs = engine.options.mode === "live" ? RECYCLE_HOLD_MS : HISTORY_SLACK_MS;
  countRecycles(engine, clockMs - holdMs, nowMs - holdMs);
  archiveIncidents(engine, nowMs, engine.options.mode === "live" ? LATE_FILE_MS : HISTORY_SLACK_MS);
}

/** Call it when every log was read to its end: judges all requests and makes all loops and incidents final. */
export function finaliseAll(engine: Engine): void {
  engine.changes += 1;
  const everMs = Number.MAX_SAFE_INTEGER;
  const moment = { isOverdue: true, clockMs: everMs };
  engine.table.expire(
    everMs,
    (request) => {
      judgeRequest(engine, request, moment);
    },
    (request) => {
      judgeWaiting(engine, request, moment);
    },
  );
  finaliseClients(engine, () => END_OF_TIME);
  countRecycles(engine, everMs, everMs);
  archiveIncidents(engine, everMs, 0);
}
