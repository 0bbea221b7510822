import type { Findings } from "../../src/model/finding.ts";
import type { OracleFindings } from "./oracle.ts";

/** Converts the findings of the oracle and of the product to a form in which they can be compared. */

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Expected findings. */
export function wantedOf({ requests, loops, incidents }: OracleFindings) {
  const counts: Record<string, number> = {};
  for (const { result } of requests) counts[result] = (counts[result] ?? 0) + 1;
  return {
    counts,
    loops: loops
      .map(({ server, pool, startMs, endMs, rejections, category, outcome }) =>
        [server, pool, iso(startMs), iso(endMs), rejections, category, outcome].join(" "),
      )
      .sort(),
    incidents: incidents
      .map(({ server, pool, startMs, endMs, clients, rejections, isProven }) =>
        [server, pool, iso(startMs), iso(endMs), clients, rejections, isProven].join(" "),
      )
      .sort(),
  };
}

/** Actual findings. `requests`: by result. */
export function foundIn(findings: Findings, requests: Readonly<Record<string, number>>) {
  return {
    counts: requests,
    loops: findings.loops
      .map(({ server, appPool, start, end, rejections, category, outcome }) =>
        [server, appPool, start, end, rejections, category, outcome].join(" "),
      )
      .sort(),
    incidents: findings.incidents
      .map(({ server, appPool, start, end, clients, rejections, proven }) =>
        [server, appPool, start, end, clients, rejections, proven].join(" "),
      )
      .sort(),
  };
}
