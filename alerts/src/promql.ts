import { parser } from "@prometheus-io/lezer-promql";
import type { SyntaxNode } from "@lezer/common";
import type { Parameters } from "./parameters.ts";

/** Series of the exporter, and series that Prometheus adds for its targets. Recorded series have a colon in their names. */
const OF_THE_EXPORTER = /^(?:hma_[a-z0-9_]+|up)$/;

/** The expression for only the exporter's jobs, with the site's labels. It must be valid PromQL. */
export function forSite(expr: string, { jobSelector, groupLabels }: Parameters): string {
  return withLabels(withJobs(expr, jobSelector), groupLabels);
}

/** Adds the matchers to each series of the exporter that has no matcher for `job` yet. */
export function withJobs(expr: string, jobSelector: string): string {
  if (jobSelector === "") return expr;
  const inserts: { readonly at: number; readonly text: string }[] = [];
  parser.parse(expr).iterate({
    enter: ({ node, name }) => {
      if (name === "VectorSelector") inserts.push(...insertOf(node, expr, jobSelector));
    },
  });
  let text = expr;
  for (const { at, text: insert } of inserts.toReversed()) text = text.slice(0, at) + insert + text.slice(at);
  return text;
}

function insertOf(node: SyntaxNode, expr: string, jobSelector: string): { at: number; text: string }[] {
  const name = node.getChild("Identifier");
  if (name === null || !OF_THE_EXPORTER.test(expr.slice(name.from, name.to))) return [];
  const matchers = node.getChild("LabelMatchers");
  if (matchers === null) return [{ at: name.to, text: `{${jobSelector}}` }];
  const inside = expr.slice(matchers.from, matchers.to);
  // Samples: {job="hma"}, { job =~ "hma.*" }
  if (/[{,]\s*job\s*[=!]/.test(inside)) return [];
  return [{ at: matchers.from + 1, text: `${jobSelector},` }];
}

/** Adds the site's labels to each grouping or matching by `job` or `instance`. */
export function withLabels(expr: string, labels: readonly string[]): string {
  if (labels.length === 0) return expr;
  // Sample: sum by (job, instance) (…), … and on (job) …
  return expr.replaceAll(/(?<=\b(?:by|on)\s*\()[^()]*(?=\))/g, (list) => {
    const named = list.split(",").map((label) => label.trim());
    if (!named.includes("job") && !named.includes("instance")) return list;
    return [...labels.filter((label) => !named.includes(label)), ...named].join(", ");
  });
}

/** Adds the site's labels to the queries and links of an alert's template. */
export function templateForSite(template: string, labels: readonly string[]): string {
  if (labels.length === 0) return template;
  const matchers = labels.map((label) => `${label}=%q,`).join("");
  const values = labels.map((label) => ` $labels.${label}`).join("");
  const variables = labels.map((label) => `var-${label}={{ $labels.${label} | urlquery }}&`).join("");
  return (
    template
      // Sample: printf "max(hma_incident_clients{job=%q,instance=%q})" $labels.job $labels.instance
      .replaceAll(/printf ("(?:[^"\\]|\\.)*")((?: \$labels\.\w+)+)/g, (_, query: string, names: string) => {
        const asked = withLabels(query.replaceAll("job=%q", `${matchers}job=%q`), labels);
        return `printf ${asked}${names.replaceAll(" $labels.job", `${values} $labels.job`)}`;
      })
      .replaceAll("var-job=", `${variables}var-job=`)
  );
}
