import type { ThresholdOverrides } from "./thresholds.ts";

/** Parameters that a site can set for rules, dashboards and manifests. The shipped files use the defaults. */
export interface Parameters {
  /** Matchers for the exporter's jobs, as in a PromQL selector. */
  readonly jobSelector: string;
  /** Labels that distinguish organisations in addition to `job`, set by relabelling or external labels, for example `cluster` or `site`. */
  readonly groupLabels: readonly string[];
  readonly thresholds: ThresholdOverrides;
  readonly links: Links;
  /** For the Kubernetes manifests: the labels by which a Prometheus operator selects them, and names. */
  readonly kubernetes: Kubernetes;
}

/** Base addresses without a trailing slash. */
export interface Links {
  readonly grafana: string;
  /** Address of the pages in `docs/runbooks`. */
  readonly runbooks: string;
  /** Address of the exporter's own pages. `{instance}` is replaced by the server's name, for exporters on the Exchange servers. */
  readonly exporter: string;
}

export interface Kubernetes {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Job name in the ScrapeConfig. */
  readonly job: string;
  /** `host:port` of the central exporter. */
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
