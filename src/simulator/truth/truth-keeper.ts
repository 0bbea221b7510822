import type { AppPool } from "../../model/app-pool.ts";
import type { KeyChangeKind, RecycleReason, Result } from "../../model/label-values.ts";
import type { SimulatedServer } from "../farm-server.ts";
import type { LogName } from "../lines/log-name.ts";
import type { SeenRequest } from "./seen-request.ts";
import { findIncidents, type Story, type TrueIncident } from "./true-incidents.ts";
import { type TrueLoop, createLoopWatch } from "./true-loops.ts";

export interface TrueRecycle {
  readonly server: string;
  readonly appPool: AppPool;
  readonly at: string;
  readonly reason: RecycleReason;
  /** The log that shows it. Its first row about it may be later than `at`. */
  readonly shownBy: string;
}

/** What really happened in a simulated farm: the contract's findings as far as they can be known, and counts. */
export interface SimulatedTruth {
  readonly seed: number;
  readonly servers: readonly string[];
  /** Names of its scenarios. */
  readonly scenarios: readonly string[];
  /** Time of the first and last row; null when there is none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly incidents: readonly TrueIncident[];
  readonly loops: readonly TrueLoop[];
  readonly recycles: readonly TrueRecycle[];
  readonly keyChanges: readonly { readonly kind: KeyChangeKind; readonly at: string }[];
  /** Number of requests without noise, by server and result. */
  readonly requests: Readonly<Record<string, Readonly<Partial<Record<Result, number>>>>>;
}

export interface TruthKeeper {
  readonly seen: (request: SeenRequest) => void;
  /** A log row that is not a user's request. */
  readonly row: (server: SimulatedServer, log: LogName, atMs: number) => void;
  readonly recycled: (
    server: SimulatedServer,
    recycle: {
      readonly appPool: AppPool;
      readonly atMs: number;
      readonly reason: RecycleReason;
      readonly shownBy: string;
    },
  ) => void;
  readonly keysChanged: (kind: KeyChangeKind, atMs: number) => void;
  readonly explained: (server: SimulatedServer, appPool: AppPool, story: Omit<Story, "server" | "appPool">) => void;
  /** The truth about everything recorded so far. */
  readonly tell: (about: {
    readonly seed: number;
    readonly servers: readonly string[];
    readonly scenarios: readonly string[];
  }) => SimulatedTruth;
}

/** Records what the truth needs: clients that were refused and not yet served, ended loops, recycles. */
export function createTruthKeeper(): TruthKeeper {
  const watch = createLoopWatch();
  const stories: Story[] = [];
  const recycles: TrueRecycle[] = [];
  const keyChanges: { kind: KeyChangeKind; at: string }[] = [];
  const requests = new Map<string, Partial<Record<Result, number>>>();
  let firstMs: number | null = null;
  let lastMs: number | null = null;
  const saw = (atMs: number): void => {
    firstMs ??= atMs;
    lastMs = atMs;
  };
  return {
    seen: (request) => {
      saw(request.atMs);
      const counts = requests.get(request.server) ?? {};
      counts[request.result] = (counts[request.result] ?? 0) + 1;
      requests.set(request.server, counts);
      watch.seen(request);
    },
    row: (_server, _log, atMs) => saw(atMs),
    recycled: (server, { appPool, atMs, reason, shownBy }) => {
      recycles.push({ server: server.name, appPool, at: new Date(atMs).toISOString(), reason, shownBy });
    },
    keysChanged: (kind, atMs) => {
      keyChanges.push({ kind, at: new Date(atMs).toISOString() });
    },
    explained: (server, appPool, story) => {
      stories.push({ server: server.name, appPool, ...story });
    },
    tell: (about) => {
      const loops = watch.loops(lastMs ?? 0);
      return {
        ...about,
        from: firstMs === null ? null : new Date(firstMs).toISOString(),
        to: lastMs === null ? null : new Date(lastMs).toISOString(),
        incidents: findIncidents(loops, stories, lastMs ?? 0),
        loops,
        recycles: recycles.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
        keyChanges,
        requests: Object.fromEntries([...requests].sort(([one], [other]) => (one < other ? -1 : 1))),
      };
    },
  };
}
