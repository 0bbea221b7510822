import { stringify } from "yaml";
import type { Kubernetes, Parameters } from "./parameters.ts";
import type { RuleFile } from "./rule-files.ts";

/** The rules as objects of the Prometheus operator, one for each file. */
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
 * The scraping of an exporter that watches many servers, as objects of the Prometheus operator: its servers by /sd, and its own page.
 * ScrapeConfig came with version 0.65 of the operator.
 */
export function scrapeConfig({ kubernetes }: Parameters): string {
  const { job, exporter } = kubernetes;
  const common = {
    jobName: job,
    scheme: "HTTP",
    scrapeInterval: "15s",
    // Both objects are one job: the operator would name each after itself.
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
