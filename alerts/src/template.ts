/*
 * Parts of Prometheus' alert templates. With them, a query is written once, as PromQL, with `$job` for the label of the alert.
 */

export const END = "{{ end }}";
export const ELSE = "{{ else }}";
/** The value of the first series of the enclosing query: unformatted, as a time, as a duration, as a percentage. */
export const VALUE = "{{ . | first | value }}";
/**
 * Functions that print a number without decimals and with a comma between thousands, as the pages and reports do. Up to 999,999,999.
 */
export const COUNTED =
  'printf "%.0f" | reReplaceAll "^([0-9]+)([0-9]{3})([0-9]{3})$" "${1},${2},${3}" ' +
  '| reReplaceAll "^([0-9]+)([0-9]{3})$" "${1},${2}"';
/** The first value of an answer as a number of things. */
export const COUNT = `{{ . | first | value | ${COUNTED} }}`;
export const TIME = "{{ . | first | value | humanizeTimestamp }}";
export const LENGTH = "{{ . | first | value | humanizeDuration }}";
export const PERCENT = "{{ . | first | value | humanizePercentage }}";
export const JOB = "{{ $labels.job }}";
export const INSTANCE = "{{ $labels.instance }}";

/**
 * Starts a text that is only printed if `query` has a result. It ends at `ELSE` or `END`. `$name` in the query is the quoted label `name`
 * of the alert.
 */
export function answer(query: string): string {
  // Sample: count(up{job=$job,instance=$instance})
  const labels = [...query.matchAll(/\$(\w+)/g)].map(([, name]) => ` $labels.${name ?? ""}`);
  const text = JSON.stringify(query.replaceAll(/\$\w+/g, "%q"));
  return labels.length === 0 ? `{{ with query ${text} }}` : `{{ with printf ${text}${labels.join("")} | query }}`;
}

/** All series of the enclosing query, sorted by a label. `text` prints one series, which is `$s`. */
export function each(label: string, text: string): string {
  return `{{ range $i, $s := sortByLabel "${label}" . }}{{ if $i }}, {{ end }}${text}{{ end }}`;
}

/** Value of a label of `hma:links:info`. */
export function link(label: "grafana" | "runbooks" | "exporter"): string {
  return `{{ with query "hma:links:info" }}{{ . | first | label "${label}" }}{{ end }}`;
}
