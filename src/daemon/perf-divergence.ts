import type { AppPool } from "../model/app-pool.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { CollectedCounters } from "../exchange/powershell/collect-counters.ts";

/** Exchange's own counters of Bearer requests, added up over restarts of workers, and how far the logs differ from them. */
export interface PerfCounts {
  readonly take: (collected: CollectedCounters, rejectionsInLogs: ReadonlyMap<string, number>) => void;
  readonly metrics: () => MetricValue[];
}

interface PoolCount {
  requests: number;
  rejections: number;
  /** Refusals by both sides at each collection of the last hour. */
  history: { atMs: number; perf: number; logs: number }[];
}

const HOUR_MS = 3_600_000;
/** Fewer refusals within the hour say nothing of a divergence. */
const LEAST_REFUSALS = 20;

export function createPerfCounts(): PerfCounts {
  const pools = new Map<AppPool, PoolCount>();
  const instances = new Map<string, { requests: number; rejections: number }>();
  return {
    take: ({ atMs, instances: seen }, rejectionsInLogs) => {
      for (const { appPool, instance, totalRequests, failedRequests } of seen) {
        if (totalRequests === null || failedRequests === null) continue;
        const before = instances.get(instance);
        // A counter below its last value began anew with its worker.
        const isAnew = before === undefined || totalRequests < before.requests;
        const pool = pools.get(appPool) ?? { requests: 0, rejections: 0, history: [] };
        if (before !== undefined) {
          pool.requests += totalRequests - (isAnew ? 0 : before.requests);
          pool.rejections += failedRequests - (isAnew ? 0 : Math.min(before.rejections, failedRequests));
        }
        instances.set(instance, { requests: totalRequests, rejections: failedRequests });
        pools.set(appPool, pool);
      }
      for (const [appPool, pool] of pools) {
        pool.history.push({ atMs, perf: pool.rejections, logs: rejectionsInLogs.get(appPool) ?? 0 });
        pool.history = pool.history.filter((one) => atMs - one.atMs <= HOUR_MS);
      }
    },
    metrics: () => [...pools].flatMap(([appPool, pool]) => poolMetrics(appPool, pool)),
  };
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
  values.push({ kind: "value", metric: "hma_perfmon_rejections_divergence_ratio", labels, value: most < LEAST_REFUSALS ? 0 : Math.abs(perf - logs) / most });
  return values;
}
