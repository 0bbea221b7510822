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

/** Somebody or something that acts. It yields the instant at which it wants to go on; what it sends lies at or after that instant. */
export type Actor = Generator<number, void, void>;

/** The log that shows a recycle; `none`: no log does by itself. */
export type RecycleProof = "events" | "ews" | "oauth_outbound" | "http_err" | "none";

export interface Row {
  readonly atMs: number;
  readonly text: string;
}

/** The simulated farm while it runs. What actors do to it becomes rows, and the truth about them. */
export interface World {
  readonly servers: readonly [SimulatedServer, ...SimulatedServer[]];
  readonly startMs: number;
  readonly endMs: number;
  /** A stream of random numbers of its own for that purpose. */
  readonly random: (stream: string) => Random;
  readonly start: (actor: Actor) => void;
  /** Sends a request and writes its rows. Nothing happens while its server or its target is down. */
  readonly send: (request: SimulatedRequest) => void;
  /** Writes a row that belongs to no request of people: probes, HTTPERR, OAuthOutbound. */
  readonly write: (server: SimulatedServer, log: LogName, row: Row) => void;
  readonly tell: (server: SimulatedServer, event: SimulatedEvent, atMs: number) => void;
  readonly processId: (server: SimulatedServer, appPool: AppPool) => number;
  /** A new worker takes over, now. */
  readonly recycle: (
    server: SimulatedServer,
    recycle: {
      readonly appPool: AppPool;
      readonly atMs: number;
      readonly reason: RecycleReason;
      readonly shownBy: RecycleProof;
    },
  ) => void;
  /** IIS writes its header once more. */
  readonly restartIis: (server: SimulatedServer, atMs: number) => void;
  /** Until then the regular Bearer clients stay away from the pool: those who come to it belong to a scenario. */
  readonly close: (server: SimulatedServer, appPool: AppPool, window: Window) => void;
  readonly isClosed: (server: SimulatedServer, appPool: AppPool, atMs: number) => boolean;
  readonly down: (server: SimulatedServer, window: Window) => void;
  readonly isDown: (server: SimulatedServer, atMs: number) => boolean;
  /** Call it while scenarios are staged: snapshots show it from then on, and a key change is part of the truth. */
  readonly changeOrganisation: (change: OrganisationChange) => void;
  /** A scenario says which cause an incident there and then has. */
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
  /** Every row in order of time. To be walked once. */
  readonly lines: () => Generator<SimulatedLine, void, void>;
  /** What happens to the organisation, all of it: known once the scenarios are staged. */
  readonly changes: readonly OrganisationChange[];
  /** Actors and rows that wait for their instant. */
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

/** A farm in which nothing happens until actors are started. Memory grows with actors and open windows, not with time. */
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
