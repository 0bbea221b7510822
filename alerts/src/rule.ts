/** `critical` pages somebody now, `warning` opens a ticket, `info` is displayed but not sent. */
export type Severity = "critical" | "warning" | "info";
export type Component = "bearer" | "keys" | "certificate" | "configuration" | "slo" | "exporter";

/** The dashboard that an alert links to, and the start of its time range: hours ago, or half an hour before the open incident. */
export interface BoardTarget {
  readonly name: "fleet" | "server" | "incidents" | "compliance" | "capacity" | "exporter";
  readonly from: { readonly hours: number } | "incident";
  /** The alert has the label `instance`, and the dashboard shows that server. */
  readonly ofServer?: true;
}

export interface AlertParts {
  /** Comment above the rule in the file. */
  readonly comment?: string;
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  readonly component: Component;
  readonly board: BoardTarget;
  readonly summary: string;
  /** Prometheus template: what happens to whom, `Likely cause:` or `Evidence:`, `First action:`. Line breaks become blanks. */
  readonly description: string;
  /** Template for the start time, if it differs from the start of the alert. */
  readonly since?: string;
  /** Template for the address of the exporter's page about the open incident. */
  readonly incident?: string;
}

export interface RecordingParts {
  readonly comment?: string;
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule in the format of Prometheus, and the comment above it. */
export type RuleParts = ({ readonly kind: "alert" } & AlertParts) | ({ readonly kind: "record" } & RecordingParts);

/** A rule file with one group of the same name. */
export interface RuleFileParts {
  /** File name and group name: `hma-symptoms`. */
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
