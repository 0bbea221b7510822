/** The badge class for each severity of a check or an alert. The style sheet gives it the same colour on every page and in the report. */
const SEVERITY_CLASSES: Readonly<Record<string, string>> = { critical: "bad", warning: "warn", info: "info" };

/** Any other severity is shown as information. */
export function severityClass(severity: string): string {
  return SEVERITY_CLASSES[severity] ?? "info";
}
