import { collectDefaultMetrics, Registry } from "prom-client";

/** A registry of the process's own metrics (`process_*`, `nodejs_*`). Its observers live as long as the process. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
