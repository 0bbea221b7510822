import type { Dashboard } from "@grafana/schema";
import type { Parameters } from "../../alerts/src/parameters.ts";
import { withLabels } from "../../alerts/src/promql.ts";
import { groupVariable } from "./variables.ts";

/** The dashboard with the site's job selector, and a variable, matchers and grouping for each of the site's labels. */
export function forSite(board: Dashboard, { jobSelector, groupLabels }: Parameters): Dashboard {
  const list = (board.templating?.list ?? []).flatMap((variable) =>
    variable.name === "job" ? [...groupLabels.map(groupVariable), variable] : [variable],
  );
  return mapped({ ...board, templating: { list } }, (key, text) => {
    if (key === "query" || key === "definition") return variableQuery(text, jobSelector, groupLabels);
    if (key === "expr") return withLabels(matched(text, groupLabels), groupLabels);
    // Sample: /d/hma-server?${datasource:queryparam}&${job:queryparam}&var-instance=…
    if (key === "url")
      return text.replaceAll(
        "${job:queryparam}",
        ["job", ...groupLabels].map((name) => `\${${name}:queryparam}`).join("&"),
      );
    return text;
  });
}

/** Sample: `label_values({__name__=~"hma_bearer_loops_open", job=~"$job"}, instance)` */
function variableQuery(text: string, jobSelector: string, labels: readonly string[]): string {
  if (!text.startsWith("label_values({__name__")) return text;
  const jobs = text.includes("job=~") ? text : text.replace("}", `, ${jobSelector}}`);
  const own = labels.filter((label) => jobs.endsWith(`, ${label})`));
  return own.length > 0 ? jobs : matched(jobs, labels);
}

function matched(text: string, labels: readonly string[]): string {
  const matchers = labels.map((label) => `${label}=~"$${label}", `).join("");
  const orNone = labels.map((label) => `${label}=~"$${label}|", `).join("");
  return text.replaceAll('job=~"$job"', `${matchers}job=~"$job"`).replaceAll('job=~"$job|"', `${orNone}job=~"$job|"`);
}

/** A copy with each text replaced by the result of `turn`, which also gets the text's key. */
function mapped<T>(value: T, turn: (key: string, text: string) => string): T {
  const copy: unknown = JSON.parse(JSON.stringify(value), (key, one: unknown) =>
    typeof one === "string" ? turn(key, one) : one,
  );
  return isSame(copy, value) ? copy : value;
}

/** True: a JSON copy of a value has the same type. */
function isSame<T>(copy: unknown, value: T): copy is T {
  return typeof copy === typeof value;
}
