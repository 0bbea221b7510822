import { answer, each, ELSE, END, LENGTH, TIME, VALUE } from "../template.ts";

/*
 * Texts of the alerts on open incidents. Each looks at what is open while the text is made, so an incident whose cause is corrected is told
 * as it is now.
 */

const OF_SERVER = "job=$job,instance=$instance";

/** How many clients, at least: those of the pool with most. */
export const CLIENTS = `${answer(`max(hma_incident_clients{${OF_SERVER}})`)}${VALUE}${END}`;

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
    `time() - max(hma_app_pool_worker_start_timestamp_seconds{${OF_SERVER}} and on (app_pool) hma_incident_start_timestamp_seconds{${OF_SERVER}})`,
  ) +
  `newest worker of these pools started ${LENGTH} ago, ${END}`;

export const MISSING_KEYS =
  `${answer("job:hma_exposed:max{job=$job}")}{{ if eq (. | first | value) 1.0 }}a published signing key is missing in AD` +
  `${ELSE}no published signing key is missing in AD${END}${ELSE}missing keys not known${END}`;

/** What to do first for each cause that is open, as `cause:hma_first_action:info` has it. */
export const FIRST_ACTION = firstAction(`hma_incident_open{${OF_SERVER}} == 1`);
export const FIRST_ACTION_OF_ALL = firstAction("hma_incident_open{job=$job} == 1");

function firstAction(open: string): string {
  const text = "{{ $s.Labels.cause }}: {{ $s.Labels.action }}";
  return `First action: ${answer(`max by (cause, action) (cause:hma_first_action:info and on (cause) ${open})`)}${each("cause", text)}${ELSE}none is left: no incident is open any more${END}.`;
}

/** When the first of the server's open incidents began; of one that has just ended, too. */
export const SINCE = began(OF_SERVER);
export const SINCE_OF_ALL = began("job=$job");

function began(labels: string): string {
  const start = `hma_incident_start_timestamp_seconds{${labels}}`;
  return `${answer(`min(${start}) or min(last_over_time(${start}[19m55s]))`)}${TIME}${END}`;
}

/**
 * The exporter's page of the incident with most clients: its id is server, app pool and start, as the exporter makes it. The page of all
 * incidents where none is open.
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
