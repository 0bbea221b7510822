import { METRICS } from "../catalogue/metrics.ts";
import type { Metric } from "../catalogue/metric.ts";
import { PROTOCOLS, RESULTS, SCHEMES } from "../model/label-values.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { Counters } from "./counters.ts";
import { incidentsOfServer, loopsOfServer } from "./incidents/findings.ts";
import type { EngineView } from "./incidents/engine-view.ts";
import type { ServerState } from "./server-state.ts";

/** The engine's metrics of one server. Series that are 0 so far may be missing: the metrics page adds them. */
export function serverMetrics(view: EngineView, server: ServerState): MetricValue[] {
  return [
    ...requestCounts(server),
    ...countedValues(server.counters),
    ...loopGauges(view, server),
    ...incidentGauges(view, server),
    ...workerGauges(server),
  ];
}

/** Values of the counters and histograms, with the label names of the catalogue. */
export function countedValues(counters: Counters): MetricValue[] {
  const values: MetricValue[] = [];
  for (const { metric, labels, value } of counters.values()) values.push(gauge(metric, named(metric, labels), value));
  for (const { metric, labels, histogram } of counters.histograms()) {
    values.push({
      kind: "histogram",
      metric,
      labels: named(metric, labels),
      counts: [...histogram.counts],
      sum: histogram.sum,
    });
  }
  return values;
}

function requestCounts(server: ServerState): MetricValue[] {
  const values: MetricValue[] = [];
  let slot = 0;
  for (const protocol of PROTOCOLS) {
    for (const scheme of SCHEMES) {
      for (const result of RESULTS) {
        const count = server.requests[slot] ?? 0;
        slot += 1;
        if (count > 0) values.push(gauge("hma_requests_total", { protocol, scheme, result }, count));
      }
    }
  }
  return values;
}

function loopGauges(view: EngineView, server: ServerState): MetricValue[] {
  const open = new Map<string, number>();
  for (const loop of loopsOfServer(view, server)) {
    if (loop.outcome === null) open.set(loop.appPool, (open.get(loop.appPool) ?? 0) + 1);
  }
  return [...open].map(([appPool, count]) => gauge("hma_bearer_loops_open", { app_pool: appPool }, count));
}

function incidentGauges(view: EngineView, server: ServerState): MetricValue[] {
  const values: MetricValue[] = [];
  for (const incident of incidentsOfServer(view, server)) {
    if (!incident.isOpen) continue;
    const labels = { app_pool: incident.appPool };
    values.push(gauge("hma_incident_open", { ...labels, cause: incident.cause }, 1));
    values.push(gauge("hma_incident_clients", labels, incident.clients));
    values.push(gauge("hma_incident_proven", labels, incident.proven ? 1 : 0));
    values.push(gauge("hma_incident_start_timestamp_seconds", labels, incident.startMs / 1000));
    if (incident.expectedEndMs !== null)
      values.push(gauge("hma_incident_expected_end_timestamp_seconds", labels, incident.expectedEndMs / 1000));
  }
  return values;
}

function workerGauges(server: ServerState): MetricValue[] {
  const started = new Map<string, number>();
  for (const recycle of server.workers.recycles()) started.set(recycle.appPool, recycle.atMs);
  const values: MetricValue[] = [];
  for (const [appPool, atMs] of started) {
    values.push(gauge("hma_app_pool_worker_start_timestamp_seconds", { app_pool: appPool }, atMs / 1000));
    const firstMs =
      [...server.pools.values()].find((pool) => pool.appPool === appPool)?.timeline.firstBearerSince(atMs) ?? null;
    if (firstMs !== null)
      values.push(gauge("hma_app_pool_first_bearer_timestamp_seconds", { app_pool: appPool }, firstMs / 1000));
  }
  return values;
}

const declared = new Map<string, Metric>(METRICS.map((metric) => [metric.name, metric]));

function named(metric: string, labels: readonly string[]): Record<string, string> {
  const names = Object.keys(declared.get(metric)?.labels ?? {});
  return Object.fromEntries(names.map((name, index) => [name, labels[index] ?? ""]));
}

function gauge(metric: string, labels: Readonly<Record<string, string>>, value: number): MetricValue {
  return { kind: "value", metric, labels, value };
}
