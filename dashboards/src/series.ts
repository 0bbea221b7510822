import type { METRICS } from "../../src/catalogue/metrics.ts";

type Declared = (typeof METRICS)[number];
type Histogram = Extract<Declared, { type: "histogram" }>["name"];
/** What the catalogue's metrics are called on the page: a histogram as its three parts. */
export type SeriesName = Exclude<Declared["name"], Histogram> | `${Histogram}_${"bucket" | "sum" | "count"}`;

/** Series that Prometheus itself keeps of a target. */
export type PrometheusSeries = "up" | "scrape_duration_seconds" | "scrape_samples_scraped" | "ALERTS";

/** The matchers that every query of a server's series carries. */
const SERVER = 'job=~"$job", instance=~"$instance"';
/**
 * Organisation series stand on the daemon's own page in central mode and on every server's page beside Exchange: no choice of server may
 * hide them.
 */
const ORGANISATION = 'job=~"$job"';

/** Selector of a series of the chosen servers. `matchers` is PromQL: `scheme="bearer"`. */
export function series(name: SeriesName | PrometheusSeries, matchers = ""): string {
  return selector(name, SERVER, matchers);
}

/** Selector of a series of the organisation, whichever target has it. */
export function organisation(name: SeriesName, matchers = ""): string {
  return selector(name, ORGANISATION, matchers);
}

/** A series that the rules of the folder `alerts` record. */
export function recorded(name: `${string}:${string}`): string {
  return name.startsWith("hma:") ? name : `${name}{${ORGANISATION}}`;
}

/** Firing alerts of this product, of the chosen jobs and servers and those that are about none in particular. */
export function firingAlerts(matchers = ""): string {
  return selector("ALERTS", 'alertname=~"Hma.+", alertstate="firing", job=~"$job|", instance=~"$instance|"', matchers);
}

function selector(name: string, scope: string, matchers: string): string {
  return `${name}{${matchers === "" ? scope : `${scope}, ${matchers}`}}`;
}
