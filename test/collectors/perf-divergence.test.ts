import { expect, test } from "@jest/globals";
import { NO_PERF_COUNTS, perfMetrics, stepPerfCounts, type PerfCounts } from "../../src/collectors/perf-divergence.ts";

const POOL = "MSExchangeServicesAppPool";

/** Steps of `[minute, { instance: [requests, refusals] }, refusals in the logs]`. */
function after(
  ...steps: readonly (readonly [number, Readonly<Record<string, readonly [number | null, number | null]>>, number])[]
): Record<string, number> {
  let counts: PerfCounts = NO_PERF_COUNTS;
  for (const [minute, seen, logs] of steps) {
    const instances = Object.entries(seen).map(
      ([instance, [totalRequests, failedRequests]]) =>
        ({ appPool: POOL, instance, totalRequests, failedRequests }) as const,
    );
    counts = stepPerfCounts(counts, { atMs: minute * 60_000, instances, durationMs: 1 }, new Map([[POOL, logs]]));
    // The state is stored as JSON across restarts.
    counts = JSON.parse(JSON.stringify(counts)) as PerfCounts;
  }
  return Object.fromEntries(
    perfMetrics(counts).map((one) => [
      one.metric.replace(/^hma_perfmon_/, ""),
      one.kind === "value" ? one.value : Number.NaN,
    ]),
  );
}

test.each([
  [
    "what was counted before the first collection is not ours",
    [[0, { a: [100, 50] }, 7]],
    { bearer_requests_total: 0, bearer_rejections_total: 0 },
  ],
  [
    "a worker goes on",
    [
      [0, { a: [100, 50] }, 0],
      [1, { a: [130, 60] }, 10],
    ],
    { bearer_requests_total: 30, bearer_rejections_total: 10, rejections_divergence_ratio: 0 },
  ],
  [
    "a worker begins anew",
    [
      [0, { a: [100, 50] }, 0],
      [1, { a: [30, 30] }, 30],
    ],
    { bearer_requests_total: 30, bearer_rejections_total: 30, rejections_divergence_ratio: 0 },
  ],
  [
    "a second worker comes, the first goes",
    [
      [0, { a: [100, 50] }, 0],
      [1, { a: [100, 50], "a#1": [5, 5] }, 5],
      [2, { "a#1": [25, 25] }, 25],
    ],
    { bearer_requests_total: 25, bearer_rejections_total: 25, rejections_divergence_ratio: 0 },
  ],
  [
    "the logs miss half of it",
    [
      [0, { a: [0, 0] }, 0],
      [1, { a: [100, 40] }, 20],
    ],
    { bearer_requests_total: 100, bearer_rejections_total: 40, rejections_divergence_ratio: 0.5 },
  ],
  [
    "the counters miss all of it",
    [
      [0, { a: [0, 0] }, 0],
      [1, { a: [100, 0] }, 20],
    ],
    { bearer_requests_total: 100, bearer_rejections_total: 0, rejections_divergence_ratio: 1 },
  ],
  [
    "a few say nothing",
    [
      [0, { a: [0, 0] }, 0],
      [1, { a: [100, 19] }, 0],
    ],
    { bearer_requests_total: 100, bearer_rejections_total: 19, rejections_divergence_ratio: 0 },
  ],
  [
    "only the last hour counts",
    [
      [0, { a: [0, 0] }, 0],
      [10, { a: [500, 500] }, 0],
      [75, { a: [540, 540] }, 40],
      [80, { a: [560, 560] }, 60],
    ],
    { bearer_requests_total: 560, bearer_rejections_total: 560, rejections_divergence_ratio: 0 },
  ],
  [
    "a counter that is missing once",
    [
      [0, { a: [10, 10] }, 0],
      [1, { a: [null, null] }, 0],
      [2, { a: [40, 40] }, 30],
    ],
    { bearer_requests_total: 30, bearer_rejections_total: 30, rejections_divergence_ratio: 0 },
  ],
] as const)("%s", (_name, steps, wanted) => {
  expect(after(...steps)).toEqual(wanted);
});
