/** Parts of a sample in the Prometheus text format 0.0.4 and in OpenMetrics 1.0.0, which write them alike. */

/** Labels as between the braces of a sample, in the given order: `app_pool="MSExchangeServicesAppPool",le="60"`. */
export function labelsText(labels: Iterable<readonly [name: string, value: string]>): string {
  let text = "";
  for (const [name, value] of labels) text += `${text === "" ? "" : ","}${name}="${escapeQuoted(value)}"`;
  return text;
}

/** Name and labels of a sample. `labels`: from `labelsText()`; without a label there are no braces. */
export function sampleHead(name: string, labels: string): string {
  return labels === "" ? name : `${name}{${labels}}`;
}

/** A sample's value, or a bucket's bound. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** Sample of what needs it: `EX01\EWS "Default"`. */
const ESCAPED = /[\\"\n]/;

/** Escapes a text between quotes: the value of a label, or an OpenMetrics help text. */
export function escapeQuoted(text: string): string {
  return ESCAPED.test(text) ? escapeBackslashes(text).replaceAll('"', '\\"') : text;
}

/** Escapes a text without quotes around it: a help text of the format 0.0.4. */
export function escapeBackslashes(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
