/** An alert that would have fired, as `analyze --rules` prints it. Instants are ISO 8601, UTC. */
export interface AlertFinding {
  readonly alert: string;
  /** `critical`, `warning`, `info`; "" when its rule sets none. */
  readonly severity: string;
  /** Of the server that it is about; null for the organisation. */
  readonly server: string | null;
  /** Its other labels, `job` left out. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it began to fire. */
  readonly start: string;
  /** When it was resolved; null: it still fired at the end of the logs. */
  readonly end: string | null;
  /** To the end of the logs where it was not resolved. */
  readonly durationSeconds: number;
  /** The rule's own summary; "" when it has none or one that needs values. */
  readonly summary: string;
}
