import { boardFiles, boardJson } from "../../dashboards/src/boards.ts";
import { prometheusRule, scrapeConfig } from "./manifests.ts";
import type { Parameters } from "./parameters.ts";
import { withLabels } from "./promql.ts";
import { ruleFiles } from "./rule-files.ts";
import { ruleYaml } from "./rule-yaml.ts";

/** A generated file. */
export interface MadeFile {
  /** Relative to the root of the project, or to the output folder of a site. */
  readonly path: string;
  readonly text: string;
}

/** Rules, dashboards and manifests of a site. */
export function mixin(parameters: Parameters): readonly MadeFile[] {
  const files = ruleFiles(parameters);
  return [
    ...files.map((file) => ({ path: `alerts/${file.name}.rules.yml`, text: ruleYaml(file) })),
    { path: "alerts/kubernetes/prometheus-rules.yml", text: prometheusRule(files, parameters) },
    { path: "alerts/kubernetes/scrape-config.yml", text: scrapeConfig(parameters) },
    ...boardFiles(parameters).map(({ file, dashboard }) => ({
      path: `dashboards/${file}`,
      text: boardJson(dashboard),
    })),
  ];
}

/** The sample configuration of Alertmanager, with the site's labels added to each list of labels that contains `job` or `instance`. */
export function alertmanagerForSite(text: string, { groupLabels }: Parameters): string {
  if (groupLabels.length === 0) return text;
  // Samples: group_by: [alertname, job], equal: [job, instance]
  return text.replaceAll(/\b(group_by|equal): \[([^\]]*)\]/g, (whole, key: string, list: string) => {
    const grouped = withLabels(`by (${list})`, groupLabels);
    return grouped === `by (${list})` ? whole : `${key}: [${grouped.slice("by (".length, -1)}]`;
  });
}
