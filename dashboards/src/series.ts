import type { METRICS } from "../../src/catalogue/metrics.ts";

type Declared = (typeof METRICS)[number];
type Histogram = Extract<Declared, { type: "histogram" }>["name"];
/** Series names of the catalogue's metrics; a histogram has three. */
export type SeriesName = Exclude<Declared["name"], Histogram> | `${Histogram}_${"bucket" | "sum" | "count"}`;

/** Series that Prometheus itself adds for a target. */
export type PrometheusSeries = "up" | "scrape_duration_seconds" | "scrape_samples_scraped" | "ALERTS";

/** Matchers of every query for a server's series. */
const SERVER = 'job=~"$job", instance=~"$instance"';
/**
 * Series of the organisation are on the daemon's own page in central mode, and on the page of every server with an exporter. The selection
 * of servers must not hide them.
 */
const ORGANISATION = 'job=~"$job"';

/** Selector of a series of the selected servers. `matchers` is PromQL, for example `scheme="bearer"`. */
export function series(name: SeriesName | PrometheusSeries, matchers = ""): string {
  return selector(name, SERVER, matchers);
}

/** Selector of a series of the organisation, from any target. */
export function organisation(name: SeriesName, matchers = ""): string {
  return selector(name, ORGANISATION, matchers);
}

/** A series that the recording rules in `alerts` create. */
export function recorded(name: `${string}:${string}`): string {
  return name.startsWith("hma:") ? name : `${name}{${ORGANISATION}}`;
}

/** Firing alerts of this product for the selected jobs and servers, and those without a server. */
export function firingAlerts(matchers = ""): string {
  return selector("ALERTS", 'alertname=~"Hma.+", alertstate="firing", job=~"$job|", instance=~"$instance|"', matchers);
}

function selector(name: string, scope: string, matchers: string): string {
  return `${name}{${matchers === "" ? scope : `${scope}, ${matchers}`}}`;
}
