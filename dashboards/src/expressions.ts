import { BEARER_APP_POOLS } from "../../src/model/app-pool.ts";
import { series, type SeriesName } from "./series.ts";

/**
 * A worker finds the published keys by itself within so long of its first Bearer request (KB 4559435); a bound of the histograms of
 * lengths.
 */
export const HEAL_SECONDS = 1800;

/** Matcher of the bucket of what was over within 30 minutes. Prometheus 3 writes whole numbers with a fraction. */
export const WITHIN_BOUND = `le=~"${HEAL_SECONDS}([.]0)?"`;

/** Matcher of the pools whose workers check the tokens of mail clients. */
export const BEARER_POOLS = `app_pool=~"${BEARER_APP_POOLS.join("|")}"`;

/** Matcher of requests whose token a log proves to have been refused. */
export const REFUSED = 'scheme="bearer", result="rejected"';
/** Matcher of requests with a token: all but those that only asked for one. */
export const WITH_TOKEN = 'scheme="bearer", result!="challenge"';

/** Matcher of the reasons given to callers who have no access in the first place: refusals that no user feels. */
export const STRANGERS = 'category=~"invalid_token|invalid_user"';

/** A range of a counter: `$__range`, `1d`, and an offset where it is not the one that ends now. */
export interface Span {
  readonly range: string;
  /** Sample: `offset -1d` */
  readonly offset?: string;
}

/** Refusals of strangers within a range. */
export function refusedStrangers(by: string, span: Span): string {
  return `sum${by} (${grown("hma_bearer_rejections_total", STRANGERS, span)})`;
}

/** Users' requests whose token was refused: all but those of strangers. */
export function refusedUsers(by: string, span: Span): string {
  return withoutStrangers(`sum${by} (${grown("hma_requests_total", REFUSED, span)})`, by, span);
}

/**
 * Share of users' requests with a token that were refused within a range; nothing where there was no such request. Protocols of which no
 * accepted request was seen in the range are left out: with IIS logs alone refusals have nothing to be compared with.
 */
export function refusedShare(by: string, span: Span): string {
  const accepted = grown("hma_requests_total", 'scheme="bearer", result="success"', span);
  const known = (matchers: string): string =>
    `sum${by} (${grown("hma_requests_total", matchers, span)} and on (job, instance, protocol) ${accepted} > 0)`;
  return `${withoutStrangers(known(REFUSED), by, span)} / (${withoutStrangers(known(WITH_TOKEN), by, span)} > 0)`;
}

function withoutStrangers(expr: string, by: string, span: Span): string {
  return `clamp_min(${expr} - (${refusedStrangers(by, span)} or ${expr} * 0), 0)`;
}

function grown(name: SeriesName, matchers: string, { range, offset }: Span): string {
  return `increase(${series(name, matchers)}[${range}]${offset === undefined ? "" : ` ${offset}`})`;
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
