import { collectDefaultMetrics, Registry } from "prom-client";
import type { MetricFamily } from "./family-lines.ts";

/**
 * Interval of the measurement of the event loop's delay. The library's default of 10 ms wakes an idle process a hundred times a second,
 * which is two fifths of its processor time.
 */
const EVENT_LOOP_LOOK_MS = 100;

/**
 * Metrics of Node.js that are left out: invalid OpenMetrics (a gauge with `_total`, a type in the name), or meaningless before the first
 * event.
 */
const LEFT_OUT = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
  "nodejs_eventloop_utilization_summary",
  "nodejs_eventloop_utilization_histogram",
  "nodejs_eventloop_lag_min_seconds",
] as const;

/** A registry of the process's own metrics (`process_*`, `nodejs_*`). Its observers live as long as the process. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  return registry;
}

/** Converts the metrics of a prom-client registry. */
export async function familiesOf(registry: Registry): Promise<MetricFamily[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map((metric) => ({
    name: metric.name,
    help: metric.help,
    type: String(metric.type),
    labelNames: labelNamesOf(metric.values),
    samples: metric.values.map((value) => ({
      name: sampleNameOf(value) ?? metric.name,
      labels: value.labels,
      value: value.value,
    })),
  }));
}

/** prom-client's types lack the name of a histogram's parts. */
function sampleNameOf(value: object): string | null {
  return "metricName" in value && typeof value.metricName === "string" ? value.metricName : null;
}

function labelNamesOf(values: readonly { readonly labels: object }[]): readonly string[] {
  const names = new Set<string>();
  for (const { labels } of values) for (const name of Object.keys(labels)) names.add(name);
  names.delete("le");
  return [...names];
}
