import { firstActionOf } from "../../../dashboards/src/cause-guide.ts";
import { causesIn } from "../../../src/causes/records/index.ts";
import { CAUSES } from "../../../src/model/label-values.ts";
import { alert, record, type RuleFileParts, type RuleParts } from "../rule.ts";
import { answer, COUNTED, each, ELSE, END, INSTANCE, JOB } from "../template.ts";
import {
  CLIENTS,
  EVIDENCE,
  FIRST_ACTION,
  FIRST_ACTION_OF_ALL,
  HEALS_BY,
  INCIDENT_URL,
  MISSING_KEYS,
  POOLS_AND_CAUSES,
  SINCE,
  SINCE_OF_ALL,
} from "./incident-texts.ts";

/** Causes on the side of the clients: no outage of the server. Unknown users on many servers are an outage of the organisation. */
const STRANGERS = causesIn("strangers", "users").sort().join("|");
const JUNK = causesIn("strangers").join("|");

/** Symptoms that users notice. */
export function symptomRules(): RuleFileParts {
  return {
    name: "hma-symptoms",
    // Short, because the times of scrape, evaluation and group_wait add up until somebody is paged.
    interval: "5s",
    comment:
      "Symptoms that users notice. All alerts that page because of a loop are here. The causes junk_tokens and " +
      "unknown_user are not an outage of the server: they open a ticket. So do incidents that have neither " +
      "proof nor cause, and incidents on a server in maintenance.",
    rules: [
      ...recordings(),
      ...firstActions(),
      manyServers(),
      incident(),
      prolonged(),
      minor(),
      unproven(),
      inMaintenance(),
      bearerErrors(),
    ],
  };
}

function recordings(): RuleParts[] {
  const open = "job_instance_app_pool_cause:hma_incident_open:max";
  const outage = "job_instance_app_pool_cause:hma_incident_outage:max";
  return [
    record({
      comment:
        "Open incidents, except while an exporter reads the logs that existed at its start (on an Exchange " +
        "server: its own server; in central mode: all servers of the job).",
      record: open,
      expr: `
        max by (job, instance, app_pool, cause) (hma_incident_open) == 1
          unless on (job, instance) hma_exporter_caught_up == 0
          unless on (job) (hma_exporter_caught_up == 0 unless on (job, instance) hma_bearer_loops_open)
      `,
    }),
    record({
      comment:
        "Open incidents that count as an outage: not those that have neither cause nor proof, unless many clients " +
        "are hit, and none on a server in maintenance.",
      record: outage,
      expr: `
        ${open}
          unless on (job, instance, app_pool, cause) (
            ${open}{cause="unexplained"}
              and on (job, instance, app_pool) hma_incident_proven == 0
              and on (job, instance, app_pool) hma_incident_clients < scalar(hma:incident_unproven_clients:threshold)
          )
          unless on (job, instance) hma_server_in_maintenance == 1
      `,
    }),
    record({
      comment:
        "Number of app pools of a server with a paging incident, and number of servers with an outage. Unknown " +
        "users on many servers are an outage, too.",
      record: "job_instance:hma_incident_outage:count",
      expr: `count by (job, instance) (${outage}{cause!~"${STRANGERS}"})`,
    }),
    record({
      record: "job:hma_incident_servers:count",
      expr: `count by (job) (count by (job, instance) (${outage}{cause!="${JUNK}"}))`,
    }),
    record({
      record: "job:hma_servers:count",
      expr: "count by (job) (count by (job, instance) (hma_bearer_loops_open))",
    }),
  ];
}

function firstActions(): RuleParts[] {
  return CAUSES.map((cause, index) =>
    record({
      ...(index === 0 ? { comment: "First action for each cause, used in the texts of the alerts." } : {}),
      record: "cause:hma_first_action:info",
      expr: "vector(1)",
      labels: { cause, action: firstActionOf(cause) },
    }),
  );
}

function manyServers(): RuleParts {
  return alert({
    comment: "Evaluated before the alert of a single server, which it inhibits.",
    alert: "HmaBearerLoopIncidentManyServers",
    expr: `
      job:hma_incident_servers:count >= scalar(hma:incident_servers:threshold)
      or
      (
        job:hma_incident_servers:count > 1
        and
        job:hma_incident_servers:count / job:hma_servers:count >= scalar(hma:incident_servers_share:threshold)
      )
    `,
    // Longer than for a single server by more than group_interval, so that the inhibited alerts have resolved before this one ends.
    keepFiringFor: "20m",
    severity: "critical",
    component: "bearer",
    board: { name: "fleet", from: "incident" },
    summary: "Several Exchange servers refuse the Bearer tokens of mail clients at once",
    description: `
      Mail clients of ${JOB} are refused again and again on {{ $value }} servers:
      ${answer("max by (instance) (hma_incident_clients{job=$job}) > 0")}${each("instance", `{{ $s.Labels.instance }} (at least {{ $s.Value | ${COUNTED} }} clients)`)}${END}.
      Likely cause: ${answer("count by (cause) (hma_incident_open{job=$job} == 1)")}${each("cause", "{{ $s.Labels.cause }} ({{ $s.Value }} app pool(s))")}${ELSE}not known any more${END};
      ${MISSING_KEYS}.
      ${FIRST_ACTION_OF_ALL}
    `,
    since: SINCE_OF_ALL,
  });
}

function incident(): RuleParts {
  return alert({
    alert: "HmaBearerLoopIncident",
    expr: "job_instance:hma_incident_outage:count > 0",
    keepFiringFor: "10m",
    severity: "critical",
    component: "bearer",
    board: { name: "server", from: "incident", ofServer: true },
    summary: "An Exchange server refuses the Bearer tokens of mail clients again and again",
    description: `
      At least ${CLIENTS} clients (Outlook, mobile) are refused again and again on ${INSTANCE}
      (${POOLS_AND_CAUSES})${HEALS_BY}.
      Evidence: ${EVIDENCE}${MISSING_KEYS}.
      ${FIRST_ACTION}
    `,
    since: SINCE,
    incident: INCIDENT_URL,
  });
}

function prolonged(): RuleParts {
  return alert({
    alert: "HmaBearerLoopIncidentProlonged",
    expr: `
      max by (job, instance) (
        time() - hma_incident_start_timestamp_seconds
          and on (job, instance, app_pool) job_instance_app_pool_cause:hma_incident_outage:max{cause!~"${STRANGERS}"}
      ) > scalar(hma:incident_prolonged_seconds:threshold)
    `,
    for: "2m",
    keepFiringFor: "10m",
    severity: "critical",
    component: "bearer",
    board: { name: "server", from: "incident", ofServer: true },
    summary: "A Bearer loop incident has not ended by itself within the time in which a worker finds new keys",
    description: `
      ${INSTANCE} has been refusing Bearer tokens for {{ $value | humanizeDuration }}; at least ${CLIENTS} clients are hit
      and it will not end by itself.
      Named cause: ${POOLS_AND_CAUSES}; a plain stale key is over after 30 minutes, so suspect metadata that the server
      cannot reach, the audience, the issuer or the clock.
      ${FIRST_ACTION} Drain ${INSTANCE} meanwhile, so that clients reach healthy servers.
    `,
    since: SINCE,
    incident: INCIDENT_URL,
  });
}

function minor(): RuleParts {
  return alert({
    alert: "HmaBearerLoopIncidentMinor",
    expr: `count by (job, instance) (job_instance_app_pool_cause:hma_incident_open:max{cause=~"${STRANGERS}"}) > 0`,
    for: "5m",
    keepFiringFor: "30m",
    severity: "warning",
    component: "bearer",
    board: { name: "server", from: "incident", ofServer: true },
    summary: "Clients are refused again and again for a reason that lies with the clients, not with the server",
    description: `
      At least ${CLIENTS} clients are refused on ${INSTANCE} (${POOLS_AND_CAUSES}); other clients are served.
      Likely cause: users whom the server does not know (unknown_user), or tokens that nobody ever issued for it
      (junk_tokens).
      ${FIRST_ACTION}
    `,
    since: SINCE,
    incident: INCIDENT_URL,
  });
}

function unproven(): RuleParts {
  return alert({
    comment:
      "An incident that has neither cause nor proof is only suspected. With a cause or with many clients, it pages.",
    alert: "HmaBearerLoopIncidentUnproven",
    expr: `
      count by (job, instance) (
        job_instance_app_pool_cause:hma_incident_open:max{cause="unexplained"}
          unless on (job, instance, app_pool) job_instance_app_pool_cause:hma_incident_outage:max
          unless on (job, instance) hma_server_in_maintenance == 1
      ) > 0
        unless on (job, instance) job_instance:hma_incident_outage:count > 0
    `,
    for: "5m",
    keepFiringFor: "30m",
    severity: "warning",
    component: "bearer",
    board: { name: "server", from: "incident", ofServer: true },
    summary: "A few clients get 401 again and again, and no log shows whether a Bearer token was refused",
    description: `
      At least ${CLIENTS} clients get 401 again and again on ${INSTANCE} (${POOLS_AND_CAUSES}); no log proves that a token
      was refused, and nothing explains it.
      Likely cause: clients that cannot sign in, or refused tokens whose reason no log shows: HttpProxy logs are missing or
      unreadable there, or IIS does not log x-ms-diagnostics.
      ${FIRST_ACTION}
    `,
    since: SINCE,
    incident: INCIDENT_URL,
  });
}

function inMaintenance(): RuleParts {
  return alert({
    comment: "A server that was drained for maintenance does not page.",
    alert: "HmaBearerLoopIncidentInMaintenance",
    expr: `
      count by (job, instance) (
        job_instance_app_pool_cause:hma_incident_open:max{cause!~"${STRANGERS}"}
          and on (job, instance) hma_server_in_maintenance == 1
      ) > 0
    `,
    for: "5m",
    keepFiringFor: "30m",
    severity: "warning",
    component: "bearer",
    board: { name: "server", from: "incident", ofServer: true },
    summary: "Clients are refused on a server in maintenance, to which the load balancer should send no clients",
    description: `
      At least ${CLIENTS} clients are refused again and again on ${INSTANCE} (${POOLS_AND_CAUSES}), whose component
      ServerWideOffline is inactive: it is in maintenance, so nobody is paged.
      Likely cause: the load balancer still sends clients there, or the server was put back without its components.
      First action: take ${INSTANCE} out of the load balancer; when its maintenance is over, look at this again before
      clients come back.
    `,
    since: SINCE,
    incident: INCIDENT_URL,
  });
}

function bearerErrors(): RuleParts {
  return alert({
    alert: "HmaBearerErrors",
    expr: `
      sum by (job, instance, app_pool, category) (increase(hma_bearer_errors_total[29m55s]))
        >= scalar(hma:bearer_errors:threshold)
    `,
    for: "10m",
    keepFiringFor: "30m",
    severity: "warning",
    component: "bearer",
    board: { name: "server", from: { hours: 3 }, ofServer: true },
    summary: "A server answers Bearer requests with 403 or 5xx and an OAuth reason",
    description: `
      ${INSTANCE} answered {{ $value | ${COUNTED} }} requests of {{ $labels.app_pool }} within half an hour with 403 or
      5xx and the reason {{ $labels.category }}. Clients do not ask for another token then: they show an error.
      Likely cause: the worker could not load its OAuth configuration from AD, or a linked account is not set up for it.
      First action: look for MSExchange OAuth events on ${INSTANCE}, and whether it reaches its domain controllers.
    `,
  });
}
