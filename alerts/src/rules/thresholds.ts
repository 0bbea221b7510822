import { type Parameters } from "../parameters.ts";
import { record, type RuleFileParts } from "../rule.ts";
import { limitOf, seriesOf, THRESHOLD_LIST, THRESHOLD_NAMES, type Threshold } from "../thresholds.ts";

/** The thresholds as series, and the addresses of links: the parts that a site may change in the rule file itself. */
export function thresholdRules({ thresholds, links }: Parameters): RuleFileParts {
  return {
    name: "hma-thresholds",
    interval: "30s",
    comment:
      "All thresholds of the alerts, and the addresses of their links: the only file to adapt to a site. Each " +
      "threshold is a series, so that dashboards can show it. `for` and `keep_firing_for` are in the alerts " +
      "themselves.",
    rules: [
      record({
        comment:
          "Base addresses of the links in alerts: of Grafana, of the pages in docs/runbooks, and of the exporter's " +
          "own pages. In the last, {instance} is replaced by the server's name, for exporters on the Exchange " +
          "servers.",
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
