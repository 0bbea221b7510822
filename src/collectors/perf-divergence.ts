import type { CollectedCounters } from "../exchange/powershell/collect-counters.ts";
import { APP_POOLS, type AppPool } from "../model/app-pool.ts";
import type { MetricValue } from "../model/metric-value.ts";
import { HOUR_MS } from "../model/durations.ts";

/**
 * Exchange's own counters of Bearer requests, summed over the lifetimes of workers, compared with the logs. Plain JSON that survives
 * restarts.
 */
export interface PerfCounts {
  readonly pools: Readonly<Partial<Record<AppPool, PoolCount>>>;
  /** The workers of the last collection; null before the first. Requests before the first collection are not counted. */
  readonly instances: Readonly<Record<string, InstanceCount>> | null;
}

interface PoolCount {
  readonly requests: number;
  readonly rejections: number;
  /** Number of refusals in logs and in counters, at each collection of the last hour. */
  readonly history: readonly { readonly atMs: number; readonly perf: number; readonly logs: number }[];
}

interface InstanceCount {
  readonly requests: number;
  readonly rejections: number;
}

export const NO_PERF_COUNTS: PerfCounts = { pools: {}, instances: null };

/** With fewer refusals in the hour, a divergence is not computed. */
const MIN_REFUSALS = 20;

/** The counts after another collection. `rejectionsInLogs`: refusals by pool in the logs since the exporter first ran. */
export function stepPerfCounts(
  counts: PerfCounts,
  { atMs, instances: seen }: CollectedCounters,
  rejectionsInLogs: ReadonlyMap<string, number>,
): PerfCounts {
  const pools: Partial<Record<AppPool, PoolCount>> = { ...counts.pools };
  const instances: Record<string, InstanceCount> = {};
  for (const { appPool, instance, totalRequests, failedRequests } of seen) {
    const before = counts.instances?.[instance];
    if (totalRequests === null || failedRequests === null) {
      if (before !== undefined) instances[instance] = before;
      continue;
    }
    const now = { requests: totalRequests, rejections: failedRequests };
    instances[instance] = now;
    const gained = counts.instances === null ? { requests: 0, rejections: 0 } : gain(before, now);
    const pool = pools[appPool] ?? { requests: 0, rejections: 0, history: [] };
    pools[appPool] = {
      ...pool,
      requests: pool.requests + gained.requests,
      rejections: pool.rejections + gained.rejections,
    };
  }
  for (const appPool of APP_POOLS) {
    const pool = pools[appPool];
    if (pool === undefined) continue;
    const reading = { atMs, perf: pool.rejections, logs: rejectionsInLogs.get(appPool) ?? 0 };
    pools[appPool] = { ...pool, history: [...pool.history.filter((one) => atMs - one.atMs <= HOUR_MS), reading] };
  }
  return { pools, instances };
}

/** The increase of a counter. One that is below its last value, or is new, started at zero with its worker. */
function gain(before: InstanceCount | undefined, now: InstanceCount): InstanceCount {
  if (before === undefined || now.requests < before.requests || now.rejections < before.rejections) return now;
  return { requests: now.requests - before.requests, rejections: now.rejections - before.rejections };
}

export function perfMetrics(counts: PerfCounts): MetricValue[] {
  return APP_POOLS.flatMap((appPool) => {
    const pool = counts.pools[appPool];
    return pool === undefined ? [] : poolMetrics(appPool, pool);
  });
}

function poolMetrics(appPool: AppPool, pool: PoolCount): MetricValue[] {
  const labels = { app_pool: appPool };
  const values: MetricValue[] = [
    { kind: "value", metric: "hma_perfmon_bearer_requests_total", labels, value: pool.requests },
    { kind: "value", metric: "hma_perfmon_bearer_rejections_total", labels, value: pool.rejections },
  ];
  const [first] = pool.history;
  const last = pool.history.at(-1);
  if (first === undefined || last === undefined || first === last) return values;
  const perf = last.perf - first.perf;
  const logs = last.logs - first.logs;
  const most = Math.max(perf, logs);
  values.push({
    kind: "value",
    metric: "hma_perfmon_rejections_divergence_ratio",
    labels,
    value: most < MIN_REFUSALS ? 0 : Math.abs(perf - logs) / most,
  });
  return values;
}
