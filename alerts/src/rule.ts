/** Severities: `critical` wakes somebody now, `warning` makes a ticket, `info` is shown and not sent. */
export type Severity = "critical" | "warning" | "info";
export type Component = "bearer" | "keys" | "certificate" | "configuration" | "slo" | "exporter";

/** The board that an alert leads to, and from when it shows: hours ago, or half an hour before the open incident began. */
export interface BoardTarget {
  readonly name: "fleet" | "server" | "incidents" | "compliance" | "capacity" | "exporter";
  readonly from: { readonly hours: number } | "incident";
  /** The alert carries `instance`, and the board is opened for that server. */
  readonly ofServer?: true;
}

export interface AlertParts {
  /** Stands above the rule in the file. */
  readonly comment?: string;
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  readonly component: Component;
  readonly board: BoardTarget;
  readonly summary: string;
  /** Template of Prometheus: what happens to whom, `Likely cause:` or `Evidence:`, `First action:`. Line breaks count as blanks. */
  readonly description: string;
  /** Template: when it began, where that is not when the alert began. */
  readonly since?: string;
  /** Template: the exporter's page of the open incident. */
  readonly incident?: string;
}

export interface RecordingParts {
  readonly comment?: string;
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule as Prometheus reads it, and the comment above it. */
export type RuleParts = ({ readonly kind: "alert" } & AlertParts) | ({ readonly kind: "record" } & RecordingParts);

/** A rule file, which holds one group of its own name. */
export interface RuleFileParts {
  /** `hma-symptoms`: file name and group name. */
  readonly name: string;
  readonly interval: string;
  readonly comment: string;
  readonly rules: readonly RuleParts[];
}

export function alert(parts: AlertParts): RuleParts {
  return { kind: "alert", ...parts };
}

export function record(parts: RecordingParts): RuleParts {
  return { kind: "record", ...parts };
}
