import { type Parameters } from "../parameters.ts";
import { record, type RuleFileParts } from "../rule.ts";
import { limitOf, seriesOf, THRESHOLD_LIST, THRESHOLD_NAMES, type Threshold } from "../thresholds.ts";

/** The limits as series, and where links lead: what a site may change in the file itself. */
export function thresholdRules({ thresholds, links }: Parameters): RuleFileParts {
  return {
    name: "hma-thresholds",
    interval: "30s",
    comment:
      "Every threshold of the alerts, and where their links lead: the one file to adapt to a site. Each is a series of its own, so a dashboard can draw it. `for` and `keep_firing_for` stand with each alert.",
    rules: [
      record({
        comment:
          "Where the links in alerts lead: the base address of Grafana, that of the pages in docs/runbooks, and that of the exporter's own pages; {instance} in the last stands for the server's name, for exporters beside Exchange.",
        record: "hma:links:info",
        expr: "vector(1)",
        labels: { ...links },
      }),
      ...THRESHOLD_NAMES.map((name) => {
        const threshold: Threshold = THRESHOLD_LIST[name];
        return record({
          ...(threshold.comment === "" ? {} : { comment: threshold.comment }),
          record: seriesOf(name),
          expr: `vector(${limitOf(thresholds, name)})`,
          ...(threshold.labels === undefined ? {} : { labels: threshold.labels }),
        });
      }),
    ],
  };
}
