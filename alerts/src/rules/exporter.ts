import { command } from "../../../src/catalogue/commands.ts";
import { LOG_FORMATS } from "../../../src/model/label-values.ts";
import { LOG_SOURCES } from "../../../src/model/logs/log-sources.ts";
import { alert, type RuleFileParts } from "../rule.ts";
import { seriesOf, THRESHOLD_NAMES } from "../thresholds.ts";
import { answer, COUNTED, each, ELSE, END, INSTANCE, JOB, TIME, VALUE } from "../template.ts";

/** The exporter itself: whether the data for the other rules is complete, current and correct. */
export function exporterRules(): RuleFileParts {
  return {
    name: "hma-exporter",
    interval: "30s",
    comment: "The exporter itself: whether the data for the other rules is complete, current and correct.",
    rules: [
      alert({
        comment:
          "Evaluated before the alert of a single exporter, which it inhibits. The names of the exporter's jobs begin with hma.",
        alert: "HmaExportersAllDown",
        expr: `
      max by (job) (up) == 0
      or
      absent(up)
    `,
        for: "10m",
        keepFiringFor: "5m",
        severity: "critical",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 } },
        summary: "No exporter can be scraped, so no Bearer loop would be noticed",
        description: String.raw`
      Prometheus reaches none of the ${answer("count(up{job=$job})")}${VALUE} targets of job ${JOB}${ELSE}exporters:
      no target of a job whose name begins with hma exists${END}. Mail clients may be refused now without any alert.
      Likely cause: ${answer("count(up{job=$job})")}the exporter is stopped, or the network, the firewall, the
      certificate or the password between Prometheus and it changed${ELSE}the scrape job was removed or renamed${END}.
      First action: ${answer("count(up{job=$job})")}start the exporter, and open its /-/healthy from the Prometheus
      machine${ELSE}compare the scrape configuration with alerts/examples/prometheus.yml${END}.
      `,
      }),
      alert({
        alert: "HmaExporterDown",
        expr: "up == 0",
        for: "5m",
        keepFiringFor: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "An exporter cannot be scraped, so its server is not watched",
        description: String.raw`
      Prometheus cannot scrape ${INSTANCE} of job ${JOB}; loops there go
      unnoticed${answer("sum(last_over_time(job_instance:hma_incident_outage:count{job=$job,instance=$instance}[29m55s])) > 0")},
      and an incident was open there shortly before${END}.
      Likely cause: the exporter or its machine is stopped, or the network, the firewall, the certificate or the
      password between Prometheus and it changed.
      First action: look at the target's error on Prometheus' /targets page, then at the exporter's log and service.
      `,
      }),
      alert({
        comment:
          "An exporter that watches no server is not down: it can be scraped, but it would never report an incident.",
        alert: "HmaWatchesNoServer",
        expr: "hma_exporter_servers == 0",
        for: "15m",
        keepFiringFor: "5m",
        severity: "critical",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "An exporter runs and watches no server, so no Bearer loop would be noticed",
        description: `
      The exporter ${INSTANCE} of job ${JOB} answers, but has found no server. Mail clients may be refused now without
      any alert.
      Likely cause: the farm folder is not mounted, is empty or is not the one in the configuration, or the exporter
      has no right to list it.
      First action: look at the mount and the farm folder on the exporter's machine; hma-exporter check-config names the
      folder.
      `,
      }),
      alert({
        comment:
          "Servers that were watched within the last six hours and are no longer targets, or fewer servers in one exporter.",
        alert: "HmaServersFewer",
        expr: `
      count by (job) (
        count by (job, instance) (max_over_time(hma_bearer_loops_open[5h59m55s])) unless on (job, instance) up
      ) > 0
      or
      max by (job) (max_over_time(hma_exporter_servers[5h59m55s]) - hma_exporter_servers) > 0
    `,
        for: "15m",
        keepFiringFor: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "fleet", from: { hours: 12 } },
        summary: "Fewer servers are watched than a few hours ago",
        description: `
      {{ $value }} server(s) of ${JOB} that were watched within the last six hours are no longer watched${answer("count by (instance) (max_over_time(hma_bearer_loops_open{job=$job}[5h59m55s])) unless on (instance) up{job=$job}")}: ${each("instance", "{{ $s.Labels.instance }}")}${END}. Loops there go unnoticed.
      Likely cause: a folder or share of the farm that is gone, a server removed from the scrape configuration, or a
      server that was decommissioned.
      First action: check whether the servers were removed on purpose; if so, this alert ends by itself within six hours.
      `,
      }),
      alert({
        alert: "HmaServerLogsGone",
        expr: "hma_server_logs_found == 0",
        for: "15m",
        keepFiringFor: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "A server that was watched, or is configured, no longer has a log folder",
        description: `
      The exporter knows ${INSTANCE} of ${JOB} from its configuration or from earlier, but finds no log of it. It is
      unknown whether mail clients are refused there.
      Likely cause: the share of that server is not mounted, its folder was moved or renamed, or the server was
      decommissioned.
      First action: look at the server's folder on the exporter's machine; remove a decommissioned server from
      servers: in the configuration.
      `,
      }),
      alert({
        comment:
          "While an exporter catches up, its incidents do not page (see hma-symptoms.rules.yml). This must not last long.",
        alert: "HmaExporterNotCaughtUp",
        expr: "hma_exporter_caught_up == 0",
        for: "30m",
        keepFiringFor: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary:
          "An exporter still reads the logs that existed at its start, and incidents do not page until it has finished",
        description: String.raw`
      ${INSTANCE} of job ${JOB} has been reading old logs for half an hour or longer; until it has caught up,
      incidents on ${answer("max(hma_exporter_servers{job=$job,instance=$instance})")}its ${VALUE} server(s)${ELSE}its
      servers${END} are not told.
      Likely cause: a long follow.lookback over a slow disk or share, or a start that repeats itself.
      First action: look at the exporter's status page for the time of the rows it reads now; if they do not advance,
      look at its log.
      `,
      }),
      alert({
        comment: "Windows events, HTTPERR and OAuthOutbound rows are rare, so their age means nothing.",
        alert: "HmaLogStale",
        expr: `
      time() - hma_log_last_event_timestamp_seconds{format=~"${formatsThatGrowWith("front_end_requests")}"} > scalar(hma:log_stale_front_seconds:threshold)
      or
      time() - hma_log_last_event_timestamp_seconds{format=~"${formatsThatGrowWith("back_end_requests")}"} > scalar(hma:log_stale_back_seconds:threshold)
    `,
        for: "10m",
        keepFiringFor: "10m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "A log that should grow all the time has no new rows, so loops there go unnoticed",
        description: String.raw`
      The newest {{ $labels.format }} row of ${INSTANCE} is {{ $value | humanizeDuration }} old
      (${answer("hma_log_last_event_timestamp_seconds{job=$job,instance=$instance,format=$format}")}${TIME}${END});
      health probes alone cause more rows than that. Findings lack everything that this log would show.
      ${answer("hma_log_files{job=$job,instance=$instance,format=$format}")}Evidence: the exporter follows ${VALUE}
      files of that format.${END}
      Likely cause: the server is stopped or in maintenance, logging was switched off or moved, the share is gone, the
      exporter has no right to read the folder, or the server's clock is wrong.
      First action: check whether the newest file in the log folder grows; if it does, check the exporter's log for
      read errors.
      `,
      }),
      alert({
        alert: "HmaRequestLogsMissing",
        expr: 'sum by (job, instance) (hma_log_files{format=~"iis|http_proxy"}) == 0',
        for: "15m",
        keepFiringFor: "10m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "No request log of a server is found, so nothing about it is known",
        description: String.raw`
      The exporter finds neither IIS nor HttpProxy logs of ${INSTANCE}; it cannot see whether mail clients are refused
      there.
      Likely cause: the log folder was moved, the farm folder or share is wrong or empty, or the exporter has no right
      to list it.
      First action: hma-exporter check-config shows the folders in use; compare them with Get-Website
      (logFile.directory) and the Exchange installation path.
      `,
      }),
      alert({
        alert: "HmaLogUnreadable",
        expr: `
      sum by (job, instance, format) (increase(hma_log_lines_total{fate=~"unreadable|too_long"}[29m55s]))
        / sum by (job, instance, format) (increase(hma_log_lines_total{fate!~"header|blank"}[29m55s]))
          > scalar(hma:log_unreadable:threshold)
      and
      sum by (job, instance, format) (increase(hma_log_lines_total{fate=~"unreadable|too_long"}[29m55s])) > scalar(hma:log_unreadable_lines:threshold)
    `,
        for: "15m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "Many lines of a log cannot be read, as after a change of its format",
        description: String.raw`
      {{ $value | humanizePercentage }} of the {{ $labels.format }} lines of ${INSTANCE} could not be read within the
      last 30
      minutes${answer("topk(1, sum by (reason) (increase(hma_log_unreadable_lines_total{job=$job,instance=$instance,format=$format}[29m55s])) > 0)")}
      (mostly: {{ (. | first).Labels.reason }})${END}; refusals in these lines are not counted.
      Likely cause: an Exchange update or a change of the IIS log fields changed the log to a format that the exporter
      does not know, or the file is damaged.
      First action: hma-exporter analyze on a copy of the newest file shows the reasons; attach the copy to a bug report.
      `,
      }),
      alert({
        alert: "HmaLogColumnsMissing",
        expr: "count by (job, instance, format) (hma_log_columns_missing > 0) > 0",
        for: "1h",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "A log lacks columns that are needed to distinguish refused tokens from other 401 answers",
        description: `
      The {{ $labels.format }} log of ${INSTANCE} does not write
      ${answer("hma_log_columns_missing{job=$job,instance=$instance,format=$format} > 0")}${each("column", "{{ $s.Labels.column }}")}${END};
      their values are unknown there, and loops may be missed.
      Likely cause: the fields of the log were selected manually.
      First action: add these fields to the log, as the runbook shows; no restart is needed.
      `,
      }),
      alert({
        alert: "HmaLogRowsAhead",
        expr: `
      sum by (job, instance, format) (increase(hma_log_rows_ahead_total[29m55s]))
        >= scalar(hma:log_rows_ahead:threshold)
    `,
        for: "10m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "A server writes log rows that are dated ahead of the exporter's clock",
        description: `
      {{ $value | ${COUNTED} }} rows of the {{ $labels.format }} log of ${INSTANCE} within half an hour are dated ahead of
      the exporter's clock. The times of its findings are wrong by the same amount, and tokens may be refused there as expired.
      Likely cause: the clock of ${INSTANCE}, or that of the exporter's machine, is wrong.
      First action: ${command("showClock")} on ${INSTANCE}, and the same on the exporter's machine.
      `,
      }),
      alert({
        alert: "HmaCollectorFailing",
        expr: "hma_collector_success == 0",
        for: "1h",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "A collector keeps failing, so its data is out of date",
        description: String.raw`
      Collector {{ $labels.collector }} of ${INSTANCE} has failed for an hour or
      longer${answer("hma_collector_last_success_timestamp_seconds{job=$job,instance=$instance,collector=$collector}")};
      its last success was at ${TIME}${ELSE}; it has not succeeded since the exporter started${END}. Loops are still
      detected; exposure, compliance and causes may be out of date or unknown.
      Likely cause: the service account lost a right, the Exchange shell or PowerShell does not start, or a network
      path is closed.
      First action: find the collector's error in the exporter's log, then run hma-exporter collect under the
      service account.
      `,
      }),
      alert({
        alert: "HmaCheckpointNotWritten",
        expr: `
      hma_exporter_checkpoint_success == 0
      or
      time() - hma_exporter_checkpoint_last_success_timestamp_seconds > scalar(hma:checkpoint_age_seconds:threshold)
    `,
        for: "5m",
        keepFiringFor: "10m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "The exporter cannot store its state, so a restart would read logs again and forget open loops",
        description: String.raw`
      The exporter ${INSTANCE} has not stored its
      state${answer("hma_exporter_checkpoint_last_success_timestamp_seconds{job=$job,instance=$instance}")} since
      ${TIME}${END}. Nothing is lost while it runs; after a crash counters go back to the last stored state and the
      logs since are read again.
      Likely cause: the disk of the state folder is full, read-only or not writable for the service account, or a
      virus scanner holds the file.
      First action: check free space and rights of the state folder; the exporter's log names the error. Do not
      restart the exporter before.
      `,
      }),
      alert({
        alert: "HmaUnaccountedBytes",
        expr: "hma_log_unaccounted_bytes != 0",
        for: "5m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "The exporter cannot account for bytes that it read, so rows may be missing or counted twice",
        description: String.raw`
      The ledger of ${INSTANCE} is off by {{ $value }} bytes; it must always be 0. Counters and findings since then
      are not to be trusted for reviews; alerts on incidents still work.
      Likely cause: a fault of the exporter.
      First action: keep the state folder and the exporter's log, report the fault, and restart the exporter.
      `,
      }),
      alert({
        alert: "HmaPerfCounterDivergence",
        expr: `
      hma_perfmon_rejections_divergence_ratio > scalar(hma:perfmon_divergence:threshold)
      and on (job, instance, app_pool)
        (
          sum by (job, instance, app_pool) (increase(hma_perfmon_bearer_rejections_total[59m55s])) >= scalar(hma:perfmon_rejections:threshold)
          or
          sum by (job, instance, app_pool) (increase(hma_bearer_rejections_total[59m55s])) >= scalar(hma:perfmon_rejections:threshold)
        )
    `,
        for: "30m",
        keepFiringFor: "30m",
        severity: "warning",
        component: "exporter",
        board: { name: "server", from: { hours: 6 }, ofServer: true },
        summary: "Logs and performance counters disagree about how many Bearer tokens are refused",
        description: String.raw`
      On ${INSTANCE}, {{ $labels.app_pool }}, refusals in the logs and in Exchange's own counters differ by {{ $value
      | humanizePercentage }} over the last hour (logs:
      ${answer("sum(increase(hma_bearer_rejections_total{job=$job,instance=$instance,app_pool=$app_pool}[59m55s]))")}{{ .
      | first | value | ${COUNTED} }}${END}, counters:
      ${answer("sum(increase(hma_perfmon_bearer_rejections_total{job=$job,instance=$instance,app_pool=$app_pool}[59m55s]))")}{{
      . | first | value | ${COUNTED} }}${END}). One of the two is incomplete, so a loop may be larger than shown,
      or missed.
      Likely cause: a log that is not written, not found or read too late, or refusals that the log does not show as
      such.
      First action: compare the logs' lag and line fates of ${INSTANCE} on the dashboard, and check whether HttpProxy
      rows have a reason.
      `,
      }),
      alert({
        alert: "HmaConfigReloadFailed",
        expr: "hma_exporter_config_last_reload_successful == 0",
        for: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 }, ofServer: true },
        summary: "The exporter could not load its configuration file and continues with the previous configuration",
        description: String.raw`
      ${INSTANCE} refused its configuration
      file${answer("hma_exporter_config_last_reload_success_timestamp_seconds{job=$job,instance=$instance} > 0")}; the
      active configuration is that of ${TIME}${END}. It works as before, but could not start with the new file.
      Likely cause: a mistake in the last change of the file.
      First action: hma-exporter check-config --config.file FILE lists all faults with their keys; correct them and
      POST /-/reload.
      `,
      }),
      alert({
        comment: "All series of hma-thresholds.rules.yml, because an older version of that file lacks some of them.",
        alert: "HmaThresholdsMissing",
        expr: ["hma:links:info", ...new Set(THRESHOLD_NAMES.map(seriesOf))]
          .map((name) => `absent(${name})`)
          .join("\nor "),
        for: "5m",
        severity: "warning",
        component: "exporter",
        board: { name: "exporter", from: { hours: 6 } },
        summary: "The thresholds of these alerts are not loaded, so several of them cannot fire",
        description: String.raw`
      Prometheus does not evaluate hma-thresholds.rules.yml, or evaluates a version older than the other rules. Alerts
      that compare with a threshold cannot fire, and links in messages do not work.
      Likely cause: rule_files lists the alert files one by one without that one, it cannot be parsed, or the other
      files were updated without it.
      First action: promtool check config on the Prometheus machine, then reload Prometheus with all files of alerts/.
      `,
      }),
    ],
  };
}

/** Matcher of the log formats that grow with these requests, so that their age means something. */
function formatsThatGrowWith(requests: "front_end_requests" | "back_end_requests"): string {
  return LOG_FORMATS.filter((format) => LOG_SOURCES[format].growsWith === requests).join("|");
}
