import { BEARER_APP_POOLS } from "../../src/model/app-pool.ts";
import { STRANGER_CATEGORIES } from "../../src/model/label-values.ts";
import { series, type SeriesName } from "./series.ts";

/**
 * A worker loads the published keys at most this long after its first Bearer request (KB 4559435); also a bucket bound of the length
 * histograms.
 */
export const HEAL_SECONDS = 1800;

/** Matcher of the bucket up to 30 minutes. Prometheus 3 writes whole numbers with a fraction. */
export const WITHIN_BOUND = `le=~"${HEAL_SECONDS}([.]0)?"`;

/** Matcher of the app pools whose workers check the tokens of mail clients. */
export const BEARER_POOLS = `app_pool=~"${BEARER_APP_POOLS.join("|")}"`;

/** Matcher of requests whose token was refused according to a log. */
export const REFUSED = 'scheme="bearer", result="rejected"';
/** Matcher of requests with a token: all except those that only ask for one. */
export const WITH_TOKEN = 'scheme="bearer", result!="challenge"';

/** Matcher of the reasons for callers without any access: no user notices these refusals. */
export const STRANGERS = `category=~"${STRANGER_CATEGORIES.join("|")}"`;

/** Range of a counter: `$__range` or `1d`, and an offset if it does not end now. */
export interface Span {
  readonly range: string;
  /** Sample: `offset -1d` */
  readonly offset?: string;
}

/** Refusals of strangers within a range. */
export function refusedStrangers(by: string, span: Span): string {
  return `sum${by} (${grown("hma_bearer_rejections_total", STRANGERS, span)})`;
}

/** Refused requests of users: all except those of strangers. */
export function refusedUsers(by: string, span: Span): string {
  return withoutStrangers(`sum${by} (${grown("hma_requests_total", REFUSED, span)})`, by, span);
}

/**
 * Share of users' requests with a token that were refused within a range; no value without such a request. Excludes protocols without an
 * accepted request in the range: with IIS logs only, refusals cannot be compared with anything.
 */
export function refusedShare(by: string, span: Span): string {
  const accepted = grown("hma_requests_total", 'scheme="bearer", result="success"', span);
  const known = (matchers: string): string =>
    `sum${by} (${grown("hma_requests_total", matchers, span)} and on (job, instance, protocol) ${accepted} > 0)`;
  return `${withoutStrangers(known(REFUSED), by, span)} / (${withoutStrangers(known(WITH_TOKEN), by, span)} > 0)`;
}

/** Minutes for which users' clients were refused, by ended loops within a range. A loop belongs to one client. */
export function userMinutes(by: string, span: Span): string {
  const all = `sum${by} (${grown("hma_bearer_loop_duration_seconds_sum", "", span)})`;
  const ofStrangers = `sum${by} (${grown("hma_stranger_loop_seconds_total", "", span)})`;
  return `${without(all, ofStrangers)} / 60`;
}

function withoutStrangers(expr: string, by: string, span: Span): string {
  return without(expr, refusedStrangers(by, span));
}

/** `part` may have no series: versions before it existed did not write it. */
function without(expr: string, part: string): string {
  return `clamp_min(${expr} - (${part} or ${expr} * 0), 0)`;
}

function grown(name: SeriesName, matchers: string, { range, offset }: Span): string {
  return `increase(${series(name, matchers)}[${range}]${offset === undefined ? "" : ` ${offset}`})`;
}

/** Open incidents with their cause. */
export function openIncidents(): string {
  return `(${series("hma_incident_open")} == 1)`;
}

/** A series of an app pool for each of its open incidents, with the incident's cause. */
export function ofOpenIncident(selector: string): string {
  return `max by (instance, app_pool, cause) (${selector} * on (job, instance, app_pool) group_right () ${openIncidents()})`;
}

/** `expr`, limited to the values of `labels` for which `proof` was above 0 at some time in the displayed range. */
export function onlyWhere(expr: string, labels: string, proof: string): string {
  return `${expr} and on (${labels}) (${proof} > 0)`;
}
