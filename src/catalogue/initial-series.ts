import { LOG_FORMATS, type Result, type Scheme } from "../model/label-values.ts";
import { isPossibleVerdict, TOKEN_PROTOCOLS } from "../model/probe/probe.ts";
import { neededColumns } from "./log-columns.ts";
import type { Metric } from "./metric.ts";

export type Labels = Readonly<Record<string, string>>;

/**
 * The schemes that are possible with each result. For example, a token can only be refused when the scheme was Bearer.
 */
const SCHEMES_OF_RESULT: Readonly<Record<Result, readonly Scheme[]>> = {
  success: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
  // Any scheme: a 401 counts as a challenge when no column shows its kind.
  challenge: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
  rejected: ["bearer"],
  // A HttpProxy row that is cut off before a reason still shows the scheme.
  suspected: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
  handshake: ["negotiate", "ntlm", "unknown"],
  error: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
};

/**
 * The label sets of a metric that are 0 from the first scrape. Empty for a metric that is absent until known, and for
 * one with an open label.
 */
export function initialSeries(metric: Metric): readonly Labels[] {
  return metric.absentUntilKnown === true ? [] : possibleSeries(metric);
}

/**
 * Every possible label set of a metric with closed labels, in the order of the catalogue. Empty for one with an open
 * label.
 */
export function possibleSeries(metric: Metric): readonly Labels[] {
  let sets: readonly Labels[] = [{}];
  for (const [name, values] of Object.entries(metric.labels)) {
    sets = sets.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
  }
  return sets.filter(isPossible);
}

function isPossible(labels: Labels): boolean {
  const schemes: Readonly<Record<string, readonly string[]>> = SCHEMES_OF_RESULT;
  const { scheme, result, probe, protocol, verdict, format, column } = labels;
  if (format !== undefined && column !== undefined)
    return LOG_FORMATS.some((log) => log === format && neededColumns(log).has(column));
  if (probe === "token" && !TOKEN_PROTOCOLS.some((one) => one === protocol)) return false;
  if (verdict !== undefined && protocol !== undefined) return isPossibleVerdict(protocol, verdict);
  if (scheme === undefined || result === undefined) return true;
  return schemes[result]?.includes(scheme) ?? false;
}
