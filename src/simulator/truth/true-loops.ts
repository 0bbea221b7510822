import type { AppPool } from "../../model/app-pool.ts";
import type { Category, LoopOutcome, Protocol } from "../../model/label-values.ts";
import type { SeenRequest } from "./seen-request.ts";

/** A loop as it really was (contract §1), by rules written down here once more, apart from those of the product. */
export interface TrueLoop {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  /** The simulator's own name of the client. */
  readonly client: string;
  readonly start: string;
  /** Null while it is open. */
  readonly end: string | null;
  readonly rejections: number;
  readonly category: Category;
  readonly outcome: LoopOutcome | null;
  /** Its last refusal. */
  readonly lastRejection: string;
  readonly proven: boolean;
}

const THRESHOLD = 5;
const LEAST_SPAN_MS = 15_000;
const GAP_MS = 120_000;
const IDLE_MS = 600_000;

interface Run {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  readonly client: string;
  readonly firstMs: number;
  lastMs: number;
  /** Last request of any result. */
  seenMs: number;
  rejections: number;
  readonly categories: Map<Category, number>;
}

export interface LoopWatch {
  readonly seen: (request: SeenRequest) => void;
  /** Every loop so far, as things stand at `nowMs`, by start. */
  readonly loops: (nowMs: number) => readonly TrueLoop[];
}

/** Keeps a run of refusals per client, server and pool until it is over. */
export function createLoopWatch(): LoopWatch {
  const runs = new Map<string, Run>();
  const ended: TrueLoop[] = [];
  let sweptMs = 0;
  const finish = (key: string, run: Run, recoveredMs: number | null): void => {
    runs.delete(key);
    if (!isLoop(run)) return;
    ended.push(
      loopOf(
        run,
        recoveredMs === null
          ? { endMs: run.lastMs, outcome: "unresolved" }
          : { endMs: recoveredMs, outcome: "recovered" },
      ),
    );
  };
  const sweep = (nowMs: number): void => {
    sweptMs = nowMs;
    for (const [key, run] of runs) if (nowMs - run.seenMs > IDLE_MS) finish(key, run, null);
  };
  return {
    seen: (request) => {
      const key = `${request.client} ${request.server} ${request.appPool}`;
      if (request.atMs - sweptMs > IDLE_MS) sweep(request.atMs);
      const known = runs.get(key);
      if (known !== undefined && request.atMs - known.seenMs > IDLE_MS) finish(key, known, null);
      const run = runs.get(key);
      if (request.result === "success") {
        if (run !== undefined) finish(key, run, request.atMs);
      } else if (request.result === "rejected" || request.result === "suspected") {
        const isNext = run !== undefined && (isLoop(run) || request.atMs - run.lastMs <= GAP_MS);
        runs.set(key, refused(isNext ? run : undefined, request));
      } else if (run !== undefined) {
        run.seenMs = request.atMs;
      }
    },
    loops: (nowMs) => {
      const open = [...runs.values()].filter(isLoop);
      const standing = open.map((run) =>
        loopOf(run, nowMs - run.seenMs > IDLE_MS ? { endMs: run.lastMs, outcome: "unresolved" } : null),
      );
      return [...ended, ...standing].sort((one, other) =>
        one.start < other.start ? -1 : one.start > other.start ? 1 : 0,
      );
    },
  };
}

function refused(run: Run | undefined, request: SeenRequest): Run {
  const { atMs, server, appPool, protocol, client } = request;
  const next = run ?? {
    server,
    appPool,
    protocol,
    client,
    firstMs: atMs,
    lastMs: atMs,
    seenMs: atMs,
    rejections: 0,
    categories: new Map<Category, number>(),
  };
  next.lastMs = atMs;
  next.seenMs = atMs;
  next.rejections += 1;
  if (request.category !== null)
    next.categories.set(request.category, (next.categories.get(request.category) ?? 0) + 1);
  return next;
}

function isLoop(run: Run): boolean {
  return run.rejections >= THRESHOLD && run.lastMs - run.firstMs >= LEAST_SPAN_MS;
}

function loopOf(run: Run, ending: { readonly endMs: number; readonly outcome: LoopOutcome } | null): TrueLoop {
  const { server, appPool, protocol, client, rejections } = run;
  const [most] = [...run.categories].sort(([, one], [, other]) => other - one);
  return {
    server,
    appPool,
    protocol,
    client,
    rejections,
    start: new Date(run.firstMs).toISOString(),
    end: ending === null ? null : new Date(ending.endMs).toISOString(),
    category: most?.[0] ?? "unknown",
    outcome: ending?.outcome ?? null,
    lastRejection: new Date(run.lastMs).toISOString(),
    proven: run.categories.size > 0,
  };
}
