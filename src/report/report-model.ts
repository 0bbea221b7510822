import type { CheckResult } from "../checks/evaluate-checks.ts";
import type { History } from "../engine/history/history-series.ts";
import type { AlertFinding } from "../model/alert-finding.ts";
import { isSilent, type Findings, type IncidentFinding, type LoopFinding } from "../model/finding.ts";
import type { LogGap } from "../model/log-gap.ts";
import { isOfStrangers } from "../model/label-values.ts";
import { DAY_MS } from "../model/durations.ts";

/** Data of a report in addition to the findings. */
export interface ReportNotes {
  /** Requests by result, all servers. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly unreadableLines: number;
  /** Columns that the logs do not contain. */
  readonly logGaps: readonly LogGap[];
  /** True if a log was read that shows worker replacements. If false, a lack of recycles proves nothing. */
  readonly showsWorkers: boolean;
  /** One sentence per file, folder or snapshot that could not be read. */
  readonly errors: readonly string[];
  /** Number of snapshots of the organisation that were read. */
  readonly snapshots: number;
}

export interface ReportSources {
  readonly findings: Findings;
  readonly notes: ReportNotes;
  readonly compliance: { readonly at: string | null; readonly results: readonly CheckResult[] };
  /** Null if no alert rules were evaluated. */
  readonly backtest: {
    readonly rules: number;
    readonly pages: number;
    readonly alerts: readonly AlertFinding[];
  } | null;
  /** For the timeline of the HTML report; null if the history was not recorded. */
  readonly history: History | null;
}

/** The numbers of a report; the text, HTML and JSON forms all use these. */
export interface Report extends ReportSources {
  readonly summary: ReportSummary;
  readonly weeks: readonly WeekTrend[];
  readonly appPools: readonly PoolTotal[];
  readonly causes: readonly CauseTotal[];
}

export interface ReportSummary {
  readonly incidents: number;
  /** Number of incidents longer than the 30 minutes within which a worker loads new keys by itself. */
  readonly incidentsOverBound: number;
  readonly longestIncidentSeconds: number;
  readonly loops: number;
  readonly loopsRecovered: number;
  /** Number of distinct clients that were in a loop, including strangers. */
  readonly clients: number;
  /** Time that clients, including strangers, spent in loops, from the first rejection to the end of the loop. Minutes */
  readonly clientMinutes: number;
  /** Loops except those of strangers: the loss of users. */
  readonly users: LoopCost;
  /** Loops refused as `invalid_token` or `invalid_user`: callers without any access, so users lost nothing. */
  readonly strangers: LoopCost;
  /** Number of rejected and suspected requests, inside and outside of loops. */
  readonly refusals: number;
  readonly recycles: number;
  readonly keyChanges: number;
  readonly alerts: number | null;
  readonly pages: number | null;
}

/** Cost of loops. */
export interface LoopCost {
  readonly loops: number;
  readonly clients: number;
  readonly clientMinutes: number;
  /** Refusals inside loops; `summary.refusals` counts all. */
  readonly loopRefusals: number;
}

export interface LoopTotals extends LoopCost {
  readonly incidents: number;
}

export interface WeekTrend extends LoopTotals {
  /** Date of the week's Monday, for example `2026-11-16`. */
  readonly week: string;
  readonly recycles: number;
}

export interface PoolTotal extends LoopTotals {
  readonly appPool: string;
  readonly recycles: number;
}

export interface CauseTotal {
  readonly cause: IncidentFinding["cause"];
  readonly incidents: number;
  readonly clients: number;
  readonly rejections: number;
  /** Length of the longest incident, seconds. */
  readonly longestSeconds: number;
}

/** A worker loads the published keys at most this long after its first Bearer request (KB 4559435). Seconds */
export const BOUND_SECONDS = 1_800;

export function reportOf(sources: ReportSources): Report {
  const { findings } = sources;
  return {
    ...sources,
    summary: summaryOf(sources),
    weeks: weeksOf(findings),
    appPools: poolsOf(findings),
    causes: causesOf(findings),
  };
}

/** The JSON report: the findings, and the numbers of the other forms. */
export function reportJson(report: Report): Readonly<Record<string, unknown>> {
  const { findings, summary, weeks, appPools, notes, compliance, backtest } = report;
  return {
    ...findings,
    summary,
    weeks,
    appPools,
    requests: notes.requests,
    unreadableLines: notes.unreadableLines,
    missingColumns: notes.logGaps,
    silentFiles: findings.accounting.filter(isSilent).map(({ server, file }) => ({ server, file })),
    errors: notes.errors,
    ...(compliance.at === null ? {} : { compliance }),
    ...(backtest === null ? {} : { alerts: backtest.alerts }),
  };
}

/** Length of an incident, from its first to its last rejection; an open incident lasts until `to`, the end of the rows read. Seconds */
export function lengthSeconds(incident: Pick<IncidentFinding, "start" | "end">, to: string | null): number {
  return Math.max(0, (Date.parse(incident.end ?? to ?? incident.start) - Date.parse(incident.start)) / 1000);
}

function summaryOf({ findings, notes, backtest }: ReportSources): ReportSummary {
  const lengths = findings.incidents.map((incident) => lengthSeconds(incident, findings.to));
  const totals = totalsOf(findings.loops, findings.incidents.length);
  const ofUsers = findings.loops.filter(({ category }) => !isOfStrangers(category));
  const ofStrangers = findings.loops.filter(({ category }) => isOfStrangers(category));
  return {
    incidents: findings.incidents.length,
    incidentsOverBound: lengths.filter((seconds) => seconds > BOUND_SECONDS).length,
    longestIncidentSeconds: lengths.reduce((longest, seconds) => Math.max(longest, seconds), 0),
    loops: totals.loops,
    loopsRecovered: findings.loops.filter((loop) => loop.outcome === "recovered").length,
    clients: totals.clients,
    clientMinutes: totals.clientMinutes,
    users: costOf(ofUsers),
    strangers: costOf(ofStrangers),
    refusals: (notes.requests["rejected"] ?? 0) + (notes.requests["suspected"] ?? 0),
    recycles: findings.recycles.length,
    keyChanges: findings.keyChanges.length,
    alerts: backtest?.alerts.length ?? null,
    pages: backtest?.pages ?? null,
  };
}

function totalsOf(loops: readonly LoopFinding[], incidents: number): LoopTotals {
  return { incidents, ...costOf(loops) };
}

function costOf(loops: readonly LoopFinding[]): LoopCost {
  let ms = 0;
  let loopRefusals = 0;
  const clients = new Set<string>();
  for (const loop of loops) {
    if (loop.end !== null) ms += Date.parse(loop.end) - Date.parse(loop.start);
    loopRefusals += loop.rejections;
    clients.add(loop.client);
  }
  return {
    loops: loops.length,
    clients: clients.size,
    clientMinutes: Math.round(ms / 6_000) / 10,
    loopRefusals,
  };
}

/** Totals per week, from Monday (UTC). Weeks without events are included with 0. */
function weeksOf({ from, to, loops, incidents, recycles }: Findings): WeekTrend[] {
  if (from === null || to === null) return [];
  const loopsBy = groupBy(loops, (loop) => mondayOf(loop.start));
  const incidentsBy = groupBy(incidents, (incident) => mondayOf(incident.start));
  const recyclesBy = groupBy(recycles, (recycle) => mondayOf(recycle.at));
  const weeks: WeekTrend[] = [];
  for (let atMs = Date.parse(mondayOf(from)); atMs <= Date.parse(to); atMs += 7 * DAY_MS) {
    const week = new Date(atMs).toISOString().slice(0, 10);
    weeks.push({
      week,
      ...totalsOf(loopsBy.get(week) ?? [], incidentsBy.get(week)?.length ?? 0),
      recycles: recyclesBy.get(week)?.length ?? 0,
    });
  }
  return weeks;
}

function mondayOf(instant: string): string {
  const atMs = Date.parse(instant);
  const sinceMonday = (new Date(atMs).getUTCDay() + 6) % 7;
  return new Date(Math.floor(atMs / DAY_MS) * DAY_MS - sinceMonday * DAY_MS).toISOString().slice(0, 10);
}

/** Totals per app pool; the pool with the most client-minutes first. */
function poolsOf({ loops, incidents, recycles }: Findings): PoolTotal[] {
  const loopsBy = groupBy(loops, (loop) => loop.appPool);
  const incidentsBy = groupBy(incidents, (incident) => incident.appPool);
  const recyclesBy = groupBy(recycles, (recycle) => recycle.appPool);
  return [...new Set([...loopsBy.keys(), ...incidentsBy.keys(), ...recyclesBy.keys()])]
    .map((appPool) => ({
      appPool,
      ...totalsOf(loopsBy.get(appPool) ?? [], incidentsBy.get(appPool)?.length ?? 0),
      recycles: recyclesBy.get(appPool)?.length ?? 0,
    }))
    .sort(
      (a, b) =>
        b.clientMinutes - a.clientMinutes ||
        b.loops - a.loops ||
        b.recycles - a.recycles ||
        (a.appPool < b.appPool ? -1 : 1),
    );
}

function causesOf({ incidents, to }: Findings): CauseTotal[] {
  return [...groupBy(incidents, (incident) => incident.cause)]
    .map(([cause, own]) => ({
      cause,
      incidents: own.length,
      clients: own.reduce((sum, incident) => sum + incident.clients, 0),
      rejections: own.reduce((sum, incident) => sum + incident.rejections, 0),
      longestSeconds: own.reduce((longest, incident) => Math.max(longest, lengthSeconds(incident, to)), 0),
    }))
    .sort((a, b) => b.rejections - a.rejections || (a.cause < b.cause ? -1 : 1));
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Errors grouped by their reason, the most frequent first. */
export function errorReasons(
  errors: readonly string[],
): readonly { readonly reason: string; readonly count: number }[] {
  // Sample: Cannot read EX01/LogFiles/W3SVC1/u_ex261122.log: permission denied (EACCES)
  return [...groupBy(errors, (error) => /: ([^:]*)$/.exec(error)?.[1] ?? error)]
    .map(([reason, own]) => ({ reason, count: own.length }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
