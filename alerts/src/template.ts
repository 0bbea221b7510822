/*
 * Pieces of Prometheus' alert templates. Texts are joined of them, so that a query is written once, as PromQL, with `$job` for the label of
 * the alert.
 */

export const END = "{{ end }}";
export const ELSE = "{{ else }}";
/** The value of the first series of the answer around it, as it is, as an instant, a length of time, a share. */
export const VALUE = "{{ . | first | value }}";
export const TIME = "{{ . | first | value | humanizeTimestamp }}";
export const LENGTH = "{{ . | first | value | humanizeDuration }}";
export const PERCENT = "{{ . | first | value | humanizePercentage }}";
export const JOB = "{{ $labels.job }}";
export const INSTANCE = "{{ $labels.instance }}";

/**
 * Begins a text that stands only where `query` has an answer: what follows, up to `ELSE` or `END`. `$name` in the query is the alert's
 * label of that name, quoted.
 */
export function answer(query: string): string {
  // Sample: count(up{job=$job,instance=$instance})
  const labels = [...query.matchAll(/\$(\w+)/g)].map(([, name]) => ` $labels.${name ?? ""}`);
  const text = JSON.stringify(query.replaceAll(/\$\w+/g, "%q"));
  return labels.length === 0 ? `{{ with query ${text} }}` : `{{ with printf ${text}${labels.join("")} | query }}`;
}

/** The series of the answer around it, in the order of a label, each as `text` says, where `$s` is the series. */
export function each(label: string, text: string): string {
  return `{{ range $i, $s := sortByLabel "${label}" . }}{{ if $i }}, {{ end }}${text}{{ end }}`;
}

/** The value of a label of `hma:links:info`. */
export function link(label: "grafana" | "runbooks" | "exporter"): string {
  return `{{ with query "hma:links:info" }}{{ . | first | label "${label}" }}{{ end }}`;
}
