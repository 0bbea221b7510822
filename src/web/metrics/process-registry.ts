import { collectDefaultMetrics, Registry } from "prom-client";

/**
 * Between two looks at the event loop's delay. The library's 10 ms wake an idle process a hundred times a second, two fifths of all that
 * it costs.
 */
const EVENT_LOOP_LOOK_MS = 100;

/**
 * Of Node's own metrics those that are no valid OpenMetrics (a gauge called `_total`, a type in the name) or make no sense before the
 * first event.
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
