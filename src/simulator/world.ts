import { type AppPool, FRONT_END_POOL } from "../model/app-pool.ts";
import type { Cause, RecycleReason } from "../model/label-values.ts";
import type { SimulatedServer } from "./farm-server.ts";
import { type SimulatedEvent, windowsEventText } from "./lines/windows-event-line.ts";
import { type SimulatedLine, createLogBook } from "./lines/log-book.ts";
import type { LogName } from "./lines/log-name.ts";
import { type OrganisationChange, keyChangeOf } from "./organisation/simulated-organisation.ts";
import { type Random, createRandom } from "./random.ts";
import type { SimulatedRequest } from "./clients/request.ts";
import { requestRows } from "./clients/request-rows.ts";
import { type Schedule, createSchedule } from "./schedule.ts";
import type { SeenRequest } from "./truth/seen-request.ts";
import type { TruthKeeper } from "./truth/truth-keeper.ts";
import { createWorkers } from "./workers.ts";

/**
 * A user or process that acts. It yields the time at which it wants to continue; whatever it sends is at or after that
 * time. Unix milliseconds.
 */
export type Actor = Generator<number, void, void>;

/** The log that shows a recycle; `none`: no log shows it directly. */
export type RecycleProof = "events" | "ews" | "oauth_outbound" | "http_err" | "none";

export interface Row {
  readonly atMs: number;
  readonly text: string;
}

/** The running simulated farm. Actions of actors become log rows, and the truth about them is recorded. */
export interface World {
  readonly servers: readonly [SimulatedServer, ...SimulatedServer[]];
  readonly startMs: number;
  readonly endMs: number;
  /** A stream of random numbers for one purpose. */
  readonly random: (stream: string) => Random;
  readonly start: (actor: Actor) => void;
  /** Sends a request and writes its rows. Does nothing while its server or target is down. */
  readonly send: (request: SimulatedRequest) => void;
  /** Writes a row that is not from a user request: probes, HTTPERR, OAuthOutbound. */
  readonly write: (server: SimulatedServer, log: LogName, row: Row) => void;
  readonly tell: (server: SimulatedServer, event: SimulatedEvent, atMs: number) => void;
  readonly processId: (server: SimulatedServer, appPool: AppPool) => number;
  /** Replaces the worker process now. */
  readonly recycle: (
    server: SimulatedServer,
    recycle: {
      readonly appPool: AppPool;
      readonly atMs: number;
      readonly reason: RecycleReason;
      readonly shownBy: RecycleProof;
    },
  ) => void;
  /** Makes IIS write its header again. */
  readonly restartIis: (server: SimulatedServer, atMs: number) => void;
  /** Keeps regular Bearer clients away from the pool during the window, so that only clients of a scenario use it. */
  readonly close: (server: SimulatedServer, appPool: AppPool, window: Window) => void;
  readonly isClosed: (server: SimulatedServer, appPool: AppPool, atMs: number) => boolean;
  readonly down: (server: SimulatedServer, window: Window) => void;
  readonly isDown: (server: SimulatedServer, atMs: number) => boolean;
  /**
   * Changes the organisation. Call it only while scenarios are staged. Later snapshots show the change, and a key
   * change becomes part of the truth.
   */
  readonly changeOrganisation: (change: OrganisationChange) => void;
  /** Records the true cause of incidents on this pool during the window. */
  readonly explain: (
    server: SimulatedServer,
    appPool: AppPool,
    story: { readonly cause: Cause; readonly scenario: string } & Window,
  ) => void;
}

export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

type Item =
  | { readonly kind: "actor"; readonly actor: Actor }
  | {
      readonly kind: "row";
      readonly server: SimulatedServer;
      readonly log: LogName;
      readonly text: string;
      readonly seen: SeenRequest | null;
    }
  | { readonly kind: "header"; readonly server: SimulatedServer };

export interface RunningWorld {
  readonly world: World;
  /** Every row in order of time. Can be read only once. */
  readonly lines: () => Generator<SimulatedLine, void, void>;
  /** All changes of the organisation; complete once the scenarios are staged. */
  readonly changes: readonly OrganisationChange[];
  /** Number of actors and rows that wait for their time. */
  readonly held: () => number;
}

export interface WorldSettings {
  /** Called at each recycle. */
  readonly onRecycle?: (server: string, appPool: AppPool) => void;
  readonly seed: number;
  readonly servers: World["servers"];
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Creates a farm in which nothing happens until actors are started. Memory use grows with actors and open windows, not
 * with time.
 */
export function createWorld(settings: WorldSettings, truth: TruthKeeper): RunningWorld {
  const schedule = createSchedule<Item>();
  const random = (stream: string): Random => createRandom(settings.seed, stream);
  const closed = new Map<string, Window[]>();
  const downTimes = new Map<string, Window[]>();
  const records = new Map<string, number>();
  const changes: OrganisationChange[] = [];
  const workers = createWorkers(random("workers"));
  const ids = random("requests");
  const isDown = (server: SimulatedServer, atMs: number): boolean => isWithin(downTimes.get(server.name), atMs);
  const write = (server: SimulatedServer, log: LogName, row: Row): void => {
    schedule.add(row.atMs, { kind: "row", server, log, text: row.text, seen: null });
  };
  const world: World = {
    ...settings,
    random,
    write,
    isDown,
    start: (actor) => schedule.add(settings.startMs, { kind: "actor", actor }),
    send: (request) => {
      if (isDown(request.server, request.atMs) || isDown(request.target, request.atMs)) return;
      const processId = workers.processId(request.target, FRONT_END_POOL[request.protocol]);
      for (const row of requestRows(request, { random: ids, processId }))
        schedule.add(row.atMs, { kind: "row", ...row });
    },
    tell: (server, event, atMs) => {
      const key = `${server.name} ${event.log}`;
      const record = (records.get(key) ?? 41_000) + 1;
      records.set(key, record);
      write(server, event.log, { atMs, text: windowsEventText(server, event, { atMs, record }) });
    },
    processId: workers.processId,
    recycle: (server, recycle) => {
      workers.replace(server, recycle.appPool);
      settings.onRecycle?.(server.name, recycle.appPool);
      truth.recycled(server, recycle);
    },
    restartIis: (server, atMs) => schedule.add(atMs, { kind: "header", server }),
    close: (server, appPool, window) => addWindow(closed, `${server.name} ${appPool}`, window),
    isClosed: (server, appPool, atMs) => isWithin(closed.get(`${server.name} ${appPool}`), atMs),
    down: (server, window) => addWindow(downTimes, server.name, window),
    changeOrganisation: (change) => {
      changes.push(change);
      const kind = keyChangeOf(change);
      if (kind !== null)
        schedule.add(settings.startMs, {
          kind: "actor",
          actor: keyChange(change.atMs, () => truth.keysChanged(kind, change.atMs)),
        });
    },
    explain: truth.explained,
  };
  return { world, lines: () => run(schedule, settings.endMs, truth), changes, held: schedule.size };
}

function* run(schedule: Schedule<Item>, endMs: number, truth: TruthKeeper): Generator<SimulatedLine, void, void> {
  const book = createLogBook();
  for (let next = schedule.take(); next !== null; next = schedule.take()) {
    const { atMs, item } = next;
    if (item.kind === "actor") {
      const step = item.actor.next();
      if (step.done !== true && step.value < endMs) schedule.add(Math.max(atMs, step.value), item);
    } else if (item.kind === "header") {
      yield book.repeatHeader(item.server, "iis_front", atMs);
      yield book.repeatHeader(item.server, "iis_back", atMs);
    } else {
      if (item.seen !== null) truth.seen(item.seen);
      else truth.row(item.server, item.log, atMs);
      yield book.write(item.server, item.log, { atMs, text: item.text });
    }
  }
}

function* keyChange(atMs: number, tell: () => void): Actor {
  yield atMs;
  tell();
}

function addWindow(windows: Map<string, Window[]>, key: string, window: Window): void {
  const known = windows.get(key);
  if (known === undefined) windows.set(key, [window]);
  else known.push(window);
}

function isWithin(windows: readonly Window[] | undefined, atMs: number): boolean {
  return windows !== undefined && windows.some((window) => atMs >= window.fromMs && atMs < window.untilMs);
}
