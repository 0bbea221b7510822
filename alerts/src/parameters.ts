import type { ThresholdOverrides } from "./thresholds.ts";

/** What a site may set of the rules, boards and manifests. The shipped files are made with the defaults. */
export interface Parameters {
  /** Matchers of the exporter's jobs, as in a PromQL selector. */
  readonly jobSelector: string;
  /** Labels besides `job` that tell organisations apart, set by the site's relabelling or external labels: `cluster`, `site`. */
  readonly groupLabels: readonly string[];
  readonly thresholds: ThresholdOverrides;
  readonly links: Links;
  /** Of the manifests for Kubernetes: the labels by which a Prometheus operator finds them, and the names. */
  readonly kubernetes: Kubernetes;
}

/** Addresses without a slash at the end. */
export interface Links {
  readonly grafana: string;
  /** Where the pages of `docs/runbooks` stand. */
  readonly runbooks: string;
  /** The exporter's own pages. `{instance}` stands for the server's name, for exporters beside Exchange. */
  readonly exporter: string;
}

export interface Kubernetes {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The job of the ScrapeConfig. */
  readonly job: string;
  /** `host:port` of the exporter that watches many servers. */
  readonly exporter: string;
}

export const DEFAULT_PARAMETERS: Parameters = {
  jobSelector: 'job=~"hma.*"',
  groupLabels: [],
  thresholds: {},
  links: {
    grafana: "http://grafana.example:3000",
    runbooks: "https://wiki.example/hma-exporter/docs/runbooks",
    exporter: "http://exporter.example:10401",
  },
  kubernetes: {
    namespace: "monitoring",
    labels: { "app.kubernetes.io/name": "hma-exporter" },
    job: "hma",
    exporter: "hma-exporter.monitoring.svc:10401",
  },
};
