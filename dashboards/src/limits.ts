import { limitOf, type ThresholdName, type ThresholdOverrides } from "../../alerts/src/thresholds.ts";

/** Thresholds for colours and lines of panels, equal to the recorded series: Grafana cannot query a panel's colours. */
export type Limits = (name: ThresholdName) => number;

export function limitsOf(overrides: ThresholdOverrides): Limits {
  return (name) => limitOf(overrides, name);
}
