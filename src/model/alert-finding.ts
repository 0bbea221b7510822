/** An alert that would have fired, as `analyze --rules` prints it. Instants are ISO 8601, UTC. */
export interface AlertFinding {
  readonly alert: string;
  /** `critical`, `warning`, `info`; "" when its rule sets none. */
  readonly severity: string;
  /** Name of the affected server; null for the organisation. */
  readonly server: string | null;
  /** The other labels of the alert, without `job`. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it started firing. */
  readonly start: string;
  /** When it was resolved; null when it was still firing at the end of the logs. */
  readonly end: string | null;
  /** Up to the end of the logs when it was not resolved. */
  readonly durationSeconds: number;
  /** The summary of the rule; "" when it has none, or one that needs values. */
  readonly summary: string;
}
