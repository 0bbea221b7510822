import type { AnnotationQuery, DataQuery } from "@grafana/schema";
import { COLOUR } from "./palette.ts";
import { DATASOURCE } from "./query.ts";
import { firingAlerts, organisation, series } from "./series.ts";

/** An annotation query of Grafana's Prometheus data source, which reads these additional settings. */
export interface PrometheusAnnotation extends AnnotationQuery {
  readonly expr: string;
  readonly step: string;
  readonly titleFormat: string;
  readonly textFormat: string;
  readonly tagKeys: string;
  /** The series' value is the time of the annotation, ms. */
  readonly useValueForTime: boolean;
  readonly target: DataQuery & { readonly expr: string; readonly interval: string };
}

const BUILT_IN: AnnotationQuery = {
  builtIn: 1,
  datasource: { type: "grafana", uid: "-- Grafana --" },
  enable: true,
  hide: true,
  iconColor: COLOUR.calm,
  name: "Annotations & Alerts",
  type: "dashboard",
};

/** Annotations that would cover the data on dashboards of weeks. */
const MANY: readonly string[] = ["Recycles", "Key changes", "Firing alerts"];

/** Annotations for the time axis of all dashboards. If `few`, the frequent ones exist but are switched off at first. */
export function annotations(few: boolean): AnnotationQuery[] {
  return [BUILT_IN, ...MARKS.map((mark) => ({ ...mark, enable: !(few && MANY.includes(mark.name)) }))];
}

/** Times come from the logs, not from the scrape. */
const MARKS: readonly PrometheusAnnotation[] = [
  annotation({
    name: "Recycles",
    iconColor: COLOUR.deep,
    title: "Recycle ({{reason}})",
    text: "{{app_pool}} on {{instance}}",
    tagKeys: "reason,app_pool",
    // Start time of the worker, for each recycle reason counted at that time.
    expr: `1000 * ${series("hma_app_pool_worker_start_timestamp_seconds")}
      * on (job, instance, app_pool) group_right () (increase(${series("hma_app_pool_recycles_total")}[$__rate_interval]) > 0) ^ 0`,
    useValueForTime: true,
  }),
  annotation({
    name: "Key changes",
    iconColor: COLOUR.note,
    title: "Key change",
    text: "{{kind}}",
    tagKeys: "kind",
    expr: `1000 * max by (kind) (${organisation("hma_key_change_timestamp_seconds")})`,
    useValueForTime: true,
  }),
  annotation({
    name: "Incidents",
    iconColor: COLOUR.bad,
    title: "Incident: {{cause}}",
    text: "{{app_pool}} on {{instance}}",
    tagKeys: "cause",
    expr: `max by (instance, app_pool, cause) (${series("hma_incident_open")}) > 0`,
    useValueForTime: false,
  }),
  annotation({
    name: "Firing alerts",
    iconColor: COLOUR.pale,
    title: "{{alertname}} fires",
    text: "{{severity}} {{instance}}",
    tagKeys: "severity",
    // One line where an alert starts, because an alert can fire for days.
    expr: `max by (alertname, severity, instance) (${firingAlerts()})
      unless max by (alertname, severity, instance) (${firingAlerts()} offset $__interval)`,
    useValueForTime: false,
  }),
];

interface AnnotationParts {
  readonly name: string;
  readonly iconColor: string;
  readonly title: string;
  readonly text: string;
  readonly tagKeys: string;
  readonly expr: string;
  readonly useValueForTime: boolean;
}

function annotation(parts: AnnotationParts): PrometheusAnnotation {
  // Sample: two lines with leading blanks
  const expr = parts.expr.replace(/\s*\n\s*/g, " ");
  const step = "30s";
  return {
    name: parts.name,
    datasource: DATASOURCE,
    enable: true,
    iconColor: parts.iconColor,
    expr,
    step,
    titleFormat: parts.title,
    textFormat: parts.text,
    tagKeys: parts.tagKeys,
    useValueForTime: parts.useValueForTime,
    target: { refId: "Anno", expr, interval: step },
  };
}
