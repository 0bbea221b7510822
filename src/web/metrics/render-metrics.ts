import type { Registry } from "prom-client";
import type { ExpositionFormat } from "./exposition-format.ts";
import { pageLines, type MetricPage } from "./metric-page.ts";
import { familyLines, type MetricFamily } from "./render-exposition.ts";

/**
 * The metrics page of the values in the catalogue's order, with 0 for events that have not happened, followed by the families of the
 * `extra` registries. Rejects a value that is not in the catalogue.
 */
export async function renderMetrics(
  page: MetricPage,
  format: ExpositionFormat,
  extra: readonly Registry[] = [],
): Promise<string> {
  const lines = pageLines(page, format);
  for (const registry of extra)
    for (const family of await familiesOf(registry))
      if (family.samples.length > 0) lines.push(...familyLines(family, format));
  if (format === "openmetrics") lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
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
