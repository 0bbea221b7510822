import type { Engine } from "../../src/engine/create-engine.ts";
import { finaliseAll } from "../../src/engine/engine.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { dumpEngine } from "./dump-engine.ts";

/** Without the order of lists: pools, minutes and counts come in the order in which they were first needed. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sorted(one)]));
}

function comparable(engine: Engine): unknown {
  const { tracks, servers, successes, ...dump } = dumpEngine(engine);
  return {
    ...dump,
    // A scanner keeps the successes of a batch before the engine takes its other rows.
    successes: sorted(successes.map((success) => success.join(" "))),
    servers: servers.map((server) => sorted(server)),
    tracks: [...tracks].sort((a, b) => a.key - b.key),
    dropped: engine.table.dropped,
    size: engine.table.size,
  };
}

/** The state of an engine before and after its end, and what it shows then. */
export function outcomeOf(engine: Engine): {
  readonly before: unknown;
  readonly after: unknown;
  readonly findings: unknown;
  readonly metrics: unknown;
} {
  engine.clients.followAll();
  const before = comparable(engine);
  finaliseAll(engine);
  const view = viewAt(engine, Number.MAX_SAFE_INTEGER);
  return {
    before,
    after: comparable(engine),
    findings: findingsOf(view, { secret: "secret", keyChanges: [] }),
    metrics: engine.servers.map((server) => sorted([...serverMetrics(view, server)])),
  };
}
