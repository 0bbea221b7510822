import { limitOf, type ThresholdName, type ThresholdOverrides } from "../../alerts/src/thresholds.ts";

/** Limits by which panels are coloured and lines drawn, equal to the series that the rules record: a panel's colours cannot be queried. */
export type Limits = (name: ThresholdName) => number;

export function limitsOf(overrides: ThresholdOverrides): Limits {
  return (name) => limitOf(overrides, name);
}
