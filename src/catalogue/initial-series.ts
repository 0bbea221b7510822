import { LOG_FORMATS, type Result, type Scheme } from "../model/label-values.ts";
import { isPossibleVerdict, TOKEN_PROTOCOLS } from "../model/probe/probe.ts";
import { neededColumns } from "./log-columns.ts";
import type { Metric } from "./metric.ts";

export type Labels = Readonly<Record<string, string>>;

/** The schemes with which a result can come: a token is refused only where one was presented, a handshake has several legs. */
const SCHEMES_OF_RESULT: Readonly<Record<Result, readonly Scheme[]>> = {
  success: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
  // Of any scheme: a 401 whose kind no column tells is a challenge.
  challenge: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
  rejected: ["bearer"],
  suspected: ["unknown"],
  handshake: ["negotiate", "ntlm", "unknown"],
  error: ["bearer", "negotiate", "ntlm", "basic", "forms", "anonymous", "unknown"],
};

/**
 * The label sets of a metric that stand at 0 from the first scrape. None for a metric that is absent until known, and none for
 * one with an open label: what is installed fills those.
 */
export function initialSeries(metric: Metric): readonly Labels[] {
  return metric.absentUntilKnown === true ? [] : possibleSeries(metric);
}

/** Every label set that a metric of closed labels can take, in the order of the catalogue. None for one with an open label. */
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
