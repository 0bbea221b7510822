/** Thresholds of loops, in milliseconds and counts. */
export interface LoopRules {
  readonly threshold: number;
  readonly minSpanMs: number;
  readonly gapMs: number;
  readonly idleMs: number;
  /** Number of requests that make an unanswered loop, and the minimum time from the first to the last of them. */
  readonly unanswered: number;
  readonly unansweredSpanMs: number;
}

export interface IncidentRules {
  readonly minClients: number;
  readonly quietMs: number;
  /** An unproven loop of a client that was never served counts towards an incident only for this long. */
  readonly chronicMs: number;
}

export interface DetectionRules {
  readonly loop: LoopRules;
  readonly incident: IncidentRules;
}

export const DEFAULT_RULES: DetectionRules = {
  loop: { threshold: 5, minSpanMs: 15_000, gapMs: 120_000, idleMs: 600_000, unanswered: 10, unansweredSpanMs: 300_000 },
  incident: { minClients: 3, quietMs: 300_000, chronicMs: 14_400_000 },
};
