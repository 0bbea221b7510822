import { stringify } from "yaml";
import type { Kubernetes, Parameters } from "./parameters.ts";
import type { RuleFile } from "./rule-files.ts";

/** The rules as objects of the Prometheus operator, one per rule file. */
export function prometheusRule(files: readonly RuleFile[], { kubernetes }: Parameters): string {
  return documents(
    files.map(({ name, interval, rules }) => ({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: metadataOf(name, kubernetes),
      spec: { groups: [{ name, interval, rules: rules.map(({ rule }) => rule) }] },
    })),
  );
}

/**
 * Scrape configurations for a central exporter, as objects of the Prometheus operator: one for its servers (from /sd), one for its own
 * page. ScrapeConfig needs version 0.65 of the operator.
 */
export function scrapeConfig({ kubernetes }: Parameters): string {
  const { job, exporter } = kubernetes;
  const common = {
    jobName: job,
    scheme: "HTTP",
    scrapeInterval: "15s",
    // Both objects belong to one job; without this, the operator would name a job after each object.
    relabelings: [{ targetLabel: "job", replacement: job }],
  };
  return documents([
    {
      apiVersion: "monitoring.coreos.com/v1alpha1",
      kind: "ScrapeConfig",
      metadata: metadataOf(`${job}-servers`, kubernetes),
      spec: { ...common, httpSDConfigs: [{ url: `http://${exporter}/sd`, refreshInterval: "1m" }] },
    },
    {
      apiVersion: "monitoring.coreos.com/v1alpha1",
      kind: "ScrapeConfig",
      metadata: metadataOf(`${job}-exporter`, kubernetes),
      spec: {
        ...common,
        staticConfigs: [{ targets: [exporter] }],
        relabelings: [...common.relabelings, { targetLabel: "instance", replacement: "exporter" }],
      },
    },
  ]);
}

function metadataOf(name: string, { namespace, labels }: Kubernetes): object {
  return { name, namespace, labels };
}

function documents(objects: readonly object[]): string {
  const head = "# Made by the generator of alerts/src (npm run mixin).\n";
  return (
    head + objects.map((object) => stringify(object, { lineWidth: 140, aliasDuplicateObjects: false })).join("---\n")
  );
}
