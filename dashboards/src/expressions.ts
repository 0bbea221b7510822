import { BEARER_APP_POOLS } from "../../src/model/app-pool.ts";
import { series } from "./series.ts";

/** A worker finds the published keys by itself within so long of its first Bearer request (KB 4559435); a bound of the histograms of lengths. */
export const HEAL_SECONDS = 1800;

/** Matcher of the bucket of what was over within 30 minutes. Prometheus 3 writes whole numbers with a fraction. */
export const WITHIN_BOUND = `le=~"${HEAL_SECONDS}([.]0)?"`;

/** Matcher of the pools whose workers check the tokens of mail clients. */
export const BEARER_POOLS = `app_pool=~"${BEARER_APP_POOLS.join("|")}"`;

/** Matcher of requests whose token a log proves to have been refused. */
export const REFUSED = 'scheme="bearer", result="rejected"';
/** Matcher of requests with a token: all but those that only asked for one. */
export const WITH_TOKEN = 'scheme="bearer", result!="challenge"';

/** Share of the requests with a token that were refused within `range`; nothing where there was no such request. */
export function refusedShare(by: string, range: string): string {
  const refused = `sum${by} (increase(${series("hma_requests_total", REFUSED)}[${range}]))`;
  return `${refused} / (sum${by} (increase(${series("hma_requests_total", WITH_TOKEN)}[${range}])) > 0)`;
}

/** The open incidents, with their cause. */
export function openIncidents(): string {
  return `(${series("hma_incident_open")} == 1)`;
}

/** A series of the pool, for each open incident with its cause. */
export function ofOpenIncident(selector: string): string {
  return `max by (instance, app_pool, cause) (${selector} * on (job, instance, app_pool) group_right () ${openIncidents()})`;
}

/** `expr`, only for the values of `labels` for which `proof` was above 0 at any time of the range shown. */
export function onlyWhere(expr: string, labels: string, proof: string): string {
  return `${expr} and on (${labels}) (${proof} > 0)`;
}
