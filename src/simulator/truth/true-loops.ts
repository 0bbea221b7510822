import type { AppPool } from "../../model/app-pool.ts";
import type { Category, LoopOutcome, Protocol } from "../../model/label-values.ts";
import type { SeenRequest } from "./seen-request.ts";

/** A loop that really happened (contract §1). Its rules are implemented here again, independently of the product's. */
export interface TrueLoop {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  /** The simulator's name of the client. */
  readonly client: string;
  readonly start: string;
  /** Null while it is open. */
  readonly end: string | null;
  readonly rejections: number;
  readonly category: Category;
  readonly outcome: LoopOutcome | null;
  /** Time of its last refusal. */
  readonly lastRejection: string;
  readonly proven: boolean;
}

const THRESHOLD = 5;
const MIN_SPAN_MS = 15_000;
const GAP_MS = 120_000;
const IDLE_MS = 600_000;
const UNANSWERED = 10;
const UNANSWERED_SPAN_MS = 300_000;

/** A series of attempts of one client, each within the gap of the previous one. */
interface Chain {
  readonly firstMs: number;
  lastMs: number;
  count: number;
  readonly categories: Map<Category, number>;
}

/** Requests between two successes of one client on one server and pool. */
interface Run {
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  readonly client: string;
  /** Time of the last request with any result. */
  seenMs: number;
  /** Requests that were refused, suspected, or answered that no token is accepted. */
  refusals: Chain | null;
  /** The same plus 401s to Bearer clients without a reason in any log. */
  attempts: Chain | null;
}

export interface LoopWatch {
  readonly seen: (request: SeenRequest) => void;
  /** All loops so far, with their state at `nowMs`, in order of start. */
  readonly loops: (nowMs: number) => readonly TrueLoop[];
}

/** Keeps a run of refusals for each client, server and pool until it ends. */
export function createLoopWatch(): LoopWatch {
  const runs = new Map<string, Run>();
  const ended: TrueLoop[] = [];
  let sweptMs = 0;
  const finish = (key: string, run: Run, recoveredMs: number | null): void => {
    runs.delete(key);
    const chain = loopChain(run);
    if (chain === null) return;
    ended.push(
      loopOf(
        run,
        chain,
        recoveredMs === null
          ? { endMs: chain.lastMs, outcome: "unresolved" }
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
      } else if (isRefusal(request) || request.asks) {
        runs.set(key, withAttempt(run ?? newRun(request), request));
      } else if (run !== undefined) {
        run.seenMs = request.atMs;
      }
    },
    loops: (nowMs) => {
      const standing = [...runs.values()].flatMap((run) => {
        const chain = loopChain(run);
        if (chain === null) return [];
        const ending = nowMs - run.seenMs > IDLE_MS ? { endMs: chain.lastMs, outcome: "unresolved" as const } : null;
        return [loopOf(run, chain, ending)];
      });
      return [...ended, ...standing].sort((one, other) =>
        one.start < other.start ? -1 : one.start > other.start ? 1 : 0,
      );
    },
  };
}

function isRefusal({ result, category }: SeenRequest): boolean {
  return result === "rejected" || result === "suspected" || (result === "challenge" && category !== null);
}

function newRun({ server, appPool, protocol, client, atMs }: SeenRequest): Run {
  return { server, appPool, protocol, client, seenMs: atMs, refusals: null, attempts: null };
}

function withAttempt(run: Run, request: SeenRequest): Run {
  run.seenMs = request.atMs;
  if (isRefusal(request)) run.refusals = longer(run.refusals, request, isLoop);
  run.attempts = longer(run.attempts, request, isUnanswered);
  return run;
}

/** The chain extended by the request, or a new one. A pause does not end a chain that is a loop already. */
function longer(chain: Chain | null, { atMs, category }: SeenRequest, isWhole: (chain: Chain) => boolean): Chain {
  const goesOn = chain !== null && (isWhole(chain) || atMs - chain.lastMs <= GAP_MS);
  const next = goesOn ? chain : { firstMs: atMs, lastMs: atMs, count: 0, categories: new Map<Category, number>() };
  next.lastMs = atMs;
  next.count += 1;
  if (category !== null) next.categories.set(category, (next.categories.get(category) ?? 0) + 1);
  return next;
}

function isLoop(chain: Chain): boolean {
  return chain.count >= THRESHOLD && chain.lastMs - chain.firstMs >= MIN_SPAN_MS;
}

function isUnanswered(chain: Chain): boolean {
  return chain.count >= UNANSWERED && chain.lastMs - chain.firstMs >= UNANSWERED_SPAN_MS;
}

/** The attempts that make the run a loop; null when it is not a loop. */
function loopChain({ refusals, attempts }: Run): Chain | null {
  if (refusals !== null && isLoop(refusals)) return refusals;
  return attempts !== null && isUnanswered(attempts) ? attempts : null;
}

function loopOf(
  run: Run,
  chain: Chain,
  ending: { readonly endMs: number; readonly outcome: LoopOutcome } | null,
): TrueLoop {
  const { server, appPool, protocol, client } = run;
  const [most] = [...chain.categories].sort(([, one], [, other]) => other - one);
  return {
    server,
    appPool,
    protocol,
    client,
    rejections: chain.count,
    start: new Date(chain.firstMs).toISOString(),
    end: ending === null ? null : new Date(ending.endMs).toISOString(),
    category: most?.[0] ?? "unknown",
    outcome: ending?.outcome ?? null,
    lastRejection: new Date(chain.lastMs).toISOString(),
    proven: chain.categories.size > 0,
  };
}
