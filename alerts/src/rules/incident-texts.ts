import { answer, COUNT, each, ELSE, END, LENGTH, TIME } from "../template.ts";

/*
 * Texts of the alerts about open incidents. Each evaluation queries the open incidents again, so a corrected cause appears in the text.
 */

const OF_SERVER = "job=$job,instance=$instance";

/** Minimum number of clients: those of the app pool with the most. */
export const CLIENTS = `${answer(`max(hma_incident_clients{${OF_SERVER}})`)}${COUNT}${END}`;

/** Sample: `MSExchangeServicesAppPool: stale_keys_after_recycle, MSExchangeOWAAppPool: unexplained` */
export const POOLS_AND_CAUSES =
  answer(`hma_incident_open{${OF_SERVER}} == 1`) +
  each("app_pool", "{{ $s.Labels.app_pool }}: {{ $s.Labels.cause }}") +
  `${ELSE}no incident open any more${END}`;

export const HEALS_BY =
  answer(`max(hma_incident_expected_end_timestamp_seconds{${OF_SERVER}})`) +
  `; the worker is due to heal itself by ${TIME}${END}`;

export const EVIDENCE =
  answer(`topk(1, sum by (category) (increase(hma_bearer_rejections_total{${OF_SERVER}}[9m55s])) > 0)`) +
  `most tokens are refused as {{ (. | first).Labels.category }}, ${END}` +
  answer(
    `time() - max(hma_app_pool_worker_start_timestamp_seconds{${OF_SERVER}} and on (app_pool) ` +
      `hma_incident_start_timestamp_seconds{${OF_SERVER}})`,
  ) +
  `newest worker of these pools started ${LENGTH} ago, ${END}`;

export const MISSING_KEYS =
  `${answer("job:hma_exposed:max{job=$job}")}{{ if eq (. | first | value) 1.0 }}a published signing key is missing in AD` +
  `${ELSE}no published signing key is missing in AD${END}${ELSE}missing keys not known${END}`;

/** First action for each open cause, from `cause:hma_first_action:info`. */
export const FIRST_ACTION = firstAction(`hma_incident_open{${OF_SERVER}} == 1`);
export const FIRST_ACTION_OF_ALL = firstAction("hma_incident_open{job=$job} == 1");

function firstAction(open: string): string {
  const text = "{{ $s.Labels.cause }}: {{ $s.Labels.action }}";
  return (
    "First action: " +
    `${answer(`max by (cause, action) (cause:hma_first_action:info and on (cause) ${open})`)}${each("cause", text)}${ELSE}none ` +
    `is left: no incident is open any more${END}.`
  );
}

/** Start of the server's first open incident, or of one that has just ended. */
export const SINCE = began(OF_SERVER);
export const SINCE_OF_ALL = began("job=$job");

function began(labels: string): string {
  const start = `hma_incident_start_timestamp_seconds{${labels}}`;
  return `${answer(`min(${start}) or min(last_over_time(${start}[19m55s]))`)}${TIME}${END}`;
}

/**
 * Address of the exporter's page about the incident with the most clients. The id consists of server, app pool and start, as in the
 * exporter. Without an open incident: the page of all incidents.
 */
export const INCIDENT_URL = incidentUrl();

function incidentUrl(): string {
  const exporter =
    '{{ with query "hma:links:info" }}{{ reReplaceAll "[{]instance[}]" $labels.instance (. | first | label "exporter") }}{{ end }}';
  const start = `hma_incident_start_timestamp_seconds{${OF_SERVER}} and on (app_pool) topk(1, hma_incident_clients{${OF_SERVER}})`;
  // Sample: 2026-11-22 08:00:05.25 +0000 UTC
  const instant = String.raw`{{ reReplaceAll "^(\\d+)-(\\d+)-(\\d+) (\\d+):(\\d+):(\\d+).*" "${"${1}${2}${3}T${4}${5}${6}Z"}" (. | first | value | humanizeTimestamp) }}`;
  const server = String.raw`{{ reReplaceAll "[^A-Za-z0-9_-]" "_" $labels.instance }}`;
  return `${exporter}/incidents${answer(start)}/${server}-{{ . | first | label "app_pool" }}-${instant}${END}`;
}
