import type { DataQuery, DataSourceRef } from "@grafana/schema";

/** A query of Grafana's Prometheus data source. */
export interface PrometheusQuery extends DataQuery {
  readonly datasource: DataSourceRef;
  readonly expr: string;
  readonly range: boolean;
  readonly instant: boolean;
  readonly format: "time_series" | "table" | "heatmap";
  readonly legendFormat: string;
  readonly editorMode: "code";
  readonly exemplar: false;
  /** Minimum step, a Prometheus duration. */
  readonly interval?: string;
}

/** A query without its letter, which the panel adds. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** Minimum step, a Prometheus duration. */
  readonly step?: string;
}

export const DATASOURCE: DataSourceRef = { type: "prometheus", uid: "${datasource}" };

type Kind = "range" | "instant" | "table" | "history" | "heatmap";

/** Queries in the form that a panel stores, with the letters A, B, C… `history` returns a range as a table. */
export function targets(kind: Kind, queries: readonly Query[]): PrometheusQuery[] {
  return queries.map((query, index) => ({
    refId: String.fromCharCode("A".charCodeAt(0) + index),
    datasource: DATASOURCE,
    expr: oneLine(query.expr),
    range: kind === "range" || kind === "heatmap" || kind === "history",
    instant: kind === "instant" || kind === "table",
    format: kind === "heatmap" ? "heatmap" : kind === "table" || kind === "history" ? "table" : "time_series",
    legendFormat: query.legend ?? "__auto",
    editorMode: "code",
    exemplar: false,
    ...(query.step === undefined ? {} : { interval: query.step }),
  }));
}

function oneLine(expr: string): string {
  // Sample: two lines with leading blanks
  return expr.trim().replace(/\s*\n\s*/g, " ");
}
