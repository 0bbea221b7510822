/** The thresholds of loops and incidents (contract §1), milliseconds and counts. */
export interface LoopRules {
  readonly threshold: number;
  readonly minSpanMs: number;
  readonly gapMs: number;
  readonly idleMs: number;
}

export interface IncidentRules {
  readonly minClients: number;
  readonly quietMs: number;
}

export interface DetectionRules {
  readonly loop: LoopRules;
  readonly incident: IncidentRules;
}

export const DEFAULT_RULES: DetectionRules = {
  loop: { threshold: 5, minSpanMs: 15_000, gapMs: 120_000, idleMs: 600_000 },
  incident: { minClients: 3, quietMs: 300_000 },
};
