import type { Express } from "express";
import type { Registry } from "prom-client";
import type { Metric } from "../../catalogue/metric.ts";
import type { MetricGroup } from "../../catalogue/switches.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import type { RequestCounts } from "../door/request-counts.ts";
import { nameEndpoint, plain, sendMetrics } from "../replies.ts";
import type { WebOptions } from "../web-options.ts";
import type { WebQueries } from "../web-queries.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { createProcessRegistry, familiesOf } from "./process-registry.ts";
import { familyLines } from "./family-lines.ts";
import { KeptPages, type KeptFamilies } from "./kept-families.ts";
import { PageValues, PREPARED_METRICS, type PreparedMetric } from "./page-values.ts";
import { PiecedBody, TextPiece } from "./text-piece.ts";

/** The metrics of the exporter and of each server. */
export function addMetricRoutes(
  app: Express,
  queries: WebQueries,
  { options, counts }: { readonly options: WebOptions; readonly counts: RequestCounts },
): void {
  const processRegistry = createProcessRegistry();
  const pages = new KeptPages();
  const own = function* () {
    yield* queries.exporterMetrics();
    yield* counts.values();
    const only = options.mode === "server" ? queries.serverNames()[0] : undefined;
    if (only !== undefined) yield* queries.metricsOf(only);
  };
  app.get(options.telemetryPath, async (_request, response) => {
    nameEndpoint(response, "metrics");
    const scopes =
      options.mode === "server"
        ? (["server", "organisation", "exporter"] as const)
        : (["organisation", "exporter"] as const);
    const disabled = options.disabledMetrics;
    const process = disabled.includes("internals") ? [] : [processRegistry];
    await sendMetrics(response, (format) =>
      pages.use(format, (kept) => metricsBody({ scopes, values: own(), disabled }, { format, extra: process, kept })),
    );
  });
  app.get(`${options.telemetryPath}/servers/:server`, async (request, response) => {
    nameEndpoint(response, "server_metrics");
    const server = queries.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await sendMetrics(response, (format) =>
      pages.use(`${format} ${server}`, (kept) =>
        metricsBody(
          { scopes: ["server"], values: queries.metricsOf(server), disabled: options.disabledMetrics },
          { format, kept },
        ),
      ),
    );
  });
}

export type MetricScope = Metric["scope"];

/** The values of a page, and which of the catalogue's metrics it shows. */
export interface MetricPage {
  readonly scopes: readonly MetricScope[];
  readonly values: Iterable<MetricValue>;
  /** If true, the page has only these values, without zeros for events that have not happened. */
  readonly isKnownAlone?: boolean;
  /** Metric groups that are left out. Default: none. */
  readonly disabled?: readonly MetricGroup[];
}

/**
 * The metrics page of the values in the catalogue's order, with 0 for events that have not happened, followed by the families of the
 * `extra` registries. Rejects a value that is not in the catalogue.
 */
export async function renderMetrics(
  page: MetricPage,
  format: ExpositionFormat,
  extra: readonly Registry[] = [],
): Promise<string> {
  return (await metricsBody(page, { format, extra })).plain.toString();
}

interface PageParts {
  readonly format: ExpositionFormat;
  readonly extra?: readonly Registry[];
  /** What is known of the page's families since it was rendered the last time. Null if it is rendered once. */
  readonly kept?: KeptFamilies | null;
}

/** The page of `renderMetrics()` in pieces. */
export async function metricsBody(
  page: MetricPage,
  { format, extra = [], kept = null }: PageParts,
): Promise<PiecedBody> {
  const pieces = pagePieces(page, format, kept);
  const lines: string[] = [];
  for (const registry of extra)
    for (const family of await familiesOf(registry))
      if (family.samples.length > 0) lines.push(...familyLines(family, format));
  if (format === "openmetrics") lines.push("# EOF");
  if (lines.length > 0) pieces.push(new TextPiece(`${lines.join("\n")}\n`));
  return new PiecedBody(pieces);
}

/**
 * The page's metrics in the catalogue's order, with zeros where the catalogue requires them. Metrics without a series are left out.
 * Throws for a value that is not in the catalogue: another metric name or page, a label or label value outside its list.
 */
function pagePieces(page: MetricPage, format: ExpositionFormat, kept: KeptFamilies | null): TextPiece[] {
  const values = new Map<string, MetricValue[]>();
  const leftOut = new Set<string>();
  for (const { metric } of PREPARED_METRICS.values()) {
    if (isDisabled(metric, page.disabled)) leftOut.add(metric.name);
    else if (isOfPage(metric, page)) values.set(metric.name, []);
  }
  for (const value of page.values) {
    if (leftOut.has(value.metric)) continue;
    const known = values.get(value.metric);
    if (known === undefined)
      throw new Error(`Cannot render the metric "${value.metric}": it does not belong to this page`);
    known.push(value);
  }
  const pieces: TextPiece[] = [];
  for (const [name, given] of values) {
    const prepared = PREPARED_METRICS.get(name);
    const piece = prepared === undefined ? null : familyPiece({ prepared, values: given }, format, kept);
    if (piece !== null) pieces.push(piece);
  }
  return pieces;
}

interface Family {
  readonly prepared: PreparedMetric;
  readonly values: readonly MetricValue[];
}

function familyPiece(
  { prepared, values }: Family,
  format: ExpositionFormat,
  kept: KeptFamilies | null,
): TextPiece | null {
  const render = (): TextPiece | null => {
    const page = new PageValues(prepared);
    for (const value of values) page.set(value);
    return page.piece(format);
  };
  return kept === null || values.length === 0 ? render() : kept.pieceOf(prepared.metric, values, render);
}

function isDisabled({ group }: Metric, disabled: readonly MetricGroup[] = []): boolean {
  return group !== undefined && disabled.includes(group);
}

function isOfPage(metric: Metric, { scopes, isKnownAlone = false }: MetricPage): boolean {
  return scopes.includes(metric.scope) && (!isKnownAlone || "absentUntilKnown" in metric);
}
