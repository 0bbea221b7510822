import type { Labels } from "../../catalogue/initial-series.ts";
import type { Engine } from "../create-engine.ts";
import { incidentCourses, openLoops, type Step } from "./history-gauges.ts";
import type { HistoryRecorder } from "./history-recorder.ts";

/** A gauge of a server over time. */
export interface GaugeSteps {
  readonly metric: string;
  readonly server: string;
  readonly labels: Labels;
  readonly steps: readonly Step[];
}

/** The gauges of all servers over time: open loops, incidents, and worker processes. */
export function gaugeSteps({
  engine,
  recorder,
}: {
  readonly engine: Engine;
  readonly recorder: HistoryRecorder;
}): GaugeSteps[] {
  const { rules } = engine.options;
  const gauges: GaugeSteps[] = [];
  for (const server of engine.servers) {
    const loops = engine.archive.loops.filter((loop) => loop.server === server.name);
    const incidents = engine.archive.incidents.filter((one) => one.server === server.name);
    for (const appPool of new Set(loops.map((loop) => loop.appPool))) {
      const own = loops.filter((loop) => loop.appPool === appPool);
      gauges.push({
        metric: "hma_bearer_loops_open",
        server: server.name,
        labels: { app_pool: appPool },
        steps: openLoops(own, rules.loop),
      });
      const courses = incidentCourses(
        incidents.filter((one) => one.appPool === appPool),
        own,
        rules,
      );
      gauges.push(...incidentGauges(server.name, appPool, courses));
    }
    gauges.push(...workerGauges(server, recorder));
  }
  return gauges;
}

function incidentGauges(server: string, appPool: string, courses: ReturnType<typeof incidentCourses>): GaugeSteps[] {
  if (courses.length === 0) return [];
  const labels = { app_pool: appPool };
  const ordered = [...courses].sort((a, b) => a.openMs - b.openMs);
  const spans = (value: (course: (typeof courses)[number]) => number | null, after: number): Step[] =>
    ordered.flatMap((course) => {
      const held = value(course);
      return held === null
        ? []
        : [
            { atMs: course.openMs, value: held },
            { atMs: course.closeMs, value: after },
          ];
    });
  const causes = new Set(ordered.map(({ record }) => record.cause));
  return [
    ...[...causes].map((cause) => ({
      metric: "hma_incident_open",
      server,
      labels: { ...labels, cause },
      steps: spans(({ record }) => (record.cause === cause ? 1 : null), 0),
    })),
    {
      metric: "hma_incident_clients",
      server,
      labels,
      steps: ordered.flatMap((course) => [...course.clients, { atMs: course.closeMs, value: 0 }]),
    },
    {
      metric: "hma_incident_proven",
      server,
      labels,
      steps: spans(({ record }) => (record.proven ? 1 : 0), Number.NaN),
    },
    {
      metric: "hma_incident_start_timestamp_seconds",
      server,
      labels,
      steps: spans(({ record }) => record.startMs / 1000, Number.NaN),
    },
    {
      metric: "hma_incident_expected_end_timestamp_seconds",
      server,
      labels,
      steps: spans(({ record }) => (record.expectedEndMs === null ? null : record.expectedEndMs / 1000), Number.NaN),
    },
  ];
}

function workerGauges(server: Engine["servers"][number], recorder: HistoryRecorder): GaugeSteps[] {
  const byPool = new Map<string, { started: Step[]; first: Step[] }>();
  for (const { appPool, atMs } of server.workers.recycles()) {
    const known = byPool.get(appPool) ?? { started: [], first: [] };
    byPool.set(appPool, known);
    known.started.push({ atMs, value: atMs / 1000 });
    const firstMs = recorder.firstBearerOf(server.name, appPool, atMs);
    // A new worker process has no first token yet: no value until then.
    if (known.first.length > 0) known.first.push({ atMs, value: Number.NaN });
    if (firstMs !== null) known.first.push({ atMs: firstMs, value: firstMs / 1000 });
  }
  return [...byPool].flatMap(([appPool, { started, first }]) => [
    {
      metric: "hma_app_pool_worker_start_timestamp_seconds",
      server: server.name,
      labels: { app_pool: appPool },
      steps: started,
    },
    {
      metric: "hma_app_pool_first_bearer_timestamp_seconds",
      server: server.name,
      labels: { app_pool: appPool },
      steps: first.sort((a, b) => a.atMs - b.atMs),
    },
  ]);
}
