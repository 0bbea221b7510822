// Written from the rules and boards by the test of the catalogue with UPDATE_DOCS=1; not by hand.
import type { CollectorName, MetricGroup } from "../switches.ts";

/** Shipped alerts and panels that cannot fire or show incomplete data without some metrics. */
export interface MetricUsers {
  readonly alerts: readonly string[];
  /** Titles of panels and annotations by board. */
  readonly panels: Readonly<Record<string, readonly string[]>>;
}

/** Alerts and panels that need the metrics of a group. */
export const USERS_OF_GROUP: Readonly<Record<MetricGroup, MetricUsers>> = {
  requests: {
    alerts: [
      "HmaBearerErrorBudgetBurnFast",
      "HmaBearerErrorBudgetBurnSlow",
      "HmaBearerShareUnknown",
      "HmaWorkerRefusesCurrentKeys",
    ],
    panels: {
      "hma-capacity": [
        "Bearer requests per day, by protocol",
        "Bearer requests per day: now, and forecast from the last four weeks",
        "Burn rate of the error budget",
        "Error budget left",
        "Error budget left of 30 days",
        "Refused per day, by server",
        "Share refused, by protocol and day",
        "Success ratio",
        "This week against the week before, by server",
        "Users refused",
      ],
      "hma-fleet": ["Bearer requests refused, by server", "Servers", "Success ratio"],
      "hma-server": ["All requests by scheme", "Refused", "Refused by protocol", "Requests by result", "Suspected"],
    },
  },
  errors: {
    alerts: ["HmaBearerErrors"],
    panels: {
      "hma-server": ["403 and 5xx with an OAuth reason", "Refused Bearer requests by reason"],
    },
  },
  histograms: {
    alerts: [],
    panels: {
      "hma-capacity": [
        "Client-minutes",
        "Client-minutes lost per day, by server",
        "Incident minutes",
        "Incidents ended, by length",
        "Loops > 30 min",
        "Loops ended, by length",
        "This week against the week before, by server",
      ],
      "hma-incidents": [
        "Length of ended incidents, compared with 30 minutes",
        "Mean length",
        "Median length",
        "Within 30 minutes",
        "Within 30 minutes, by cause",
      ],
      "hma-server": ["Length of ended loops"],
    },
  },
  app_pools: {
    alerts: ["HmaStaleKeysAfterRecycle"],
    panels: {
      "hma-capacity": [
        "Recycles against loops, per day",
        "This week against the week before, by server",
        "annotation Recycles",
      ],
      "hma-compliance": ["annotation Recycles"],
      "hma-exporter": ["annotation Recycles"],
      "hma-fleet": ["Servers", "annotation Recycles"],
      "hma-incidents": ["annotation Recycles"],
      "hma-server": [
        "App pools",
        "Newest worker",
        "Workers replaced, by app pool and reason",
        "Workers: new, within 30 minutes of the first Bearer request, settled",
        "annotation Recycles",
      ],
    },
  },
  compliance: {
    alerts: ["HmaAuthCertificateMissing", "HmaCriticalCheckFailing", "HmaReadSessionOff"],
    panels: {
      "hma-compliance": [
        "Checks without a verdict",
        "Checks without verdict",
        "Checks × servers",
        "Critical checks failing",
        "Failing checks with their remedy",
        "Objects by verdict",
        "Share that passes",
        "Warning checks failing",
        "When checks failed",
      ],
      "hma-fleet": ["Compliance overview", "Critical failures"],
    },
  },
  logs: {
    alerts: ["HmaLogColumnsMissing", "HmaLogRowsAhead", "HmaLogUnreadable"],
    panels: {
      "hma-exporter": [
        "Bytes read",
        "Files followed, columns missing",
        "Lag: from a row's time until it was read",
        "Lines by fate",
        "Reads refused, events lost, rows ahead",
        "Unreadable lines",
        "Unreadable lines by reason",
      ],
      "hma-server": ["Lag of the logs"],
    },
  },
  performance_counters: {
    alerts: ["HmaPerfCounterDivergence"],
    panels: {
      "hma-exporter": ["Bearer requests by performance counters", "Logs against performance counters"],
      "hma-server": ["Refusals: logs against performance counters"],
    },
  },
  probe: {
    alerts: ["HmaBearerNotOffered", "HmaProbeFailing", "HmaWorkerRefusesCurrentKeys"],
    panels: {
      "hma-server": [
        "Probe: HTTP status",
        "Probe: age of the last answer",
        "Probe: certificate and credential",
        "Probe: duration",
        "Probe: success",
        "Probe: verdicts",
      ],
    },
  },
  internals: {
    alerts: [],
    panels: {
      "hma-exporter": ["Clients and requests in memory", "Requests to the exporter"],
    },
  },
};

/** Alerts and panels that need metrics without a value when a collector does not run. */
export const USERS_OF_COLLECTOR: Readonly<Record<CollectorName, MetricUsers>> = {
  keys: {
    alerts: ["HmaExposed", "HmaMetadataUnreachable", "HmaStaleKeysAfterRecycle"],
    panels: {
      "hma-compliance": ["Exposed"],
      "hma-exporter": [
        "Clock against Entra ID",
        "Entra ID documents: age of the last success",
        "Entra ID documents: duration of the fetch",
      ],
      "hma-fleet": ["Exposed"],
      "hma-server": ["Exposed"],
    },
  },
  snapshot: {
    alerts: [
      "HmaAuthCertificateExpiring",
      "HmaAuthCertificateExpiryImminent",
      "HmaAuthCertificateMissing",
      "HmaAuthCertificateNextNotStaged",
      "HmaCriticalCheckFailing",
      "HmaExposed",
      "HmaReadSessionOff",
      "HmaStaleKeysAfterRecycle",
    ],
    panels: {
      "hma-compliance": [
        "Auth certificate: days left",
        "Checks without a verdict",
        "Checks without verdict",
        "Checks × servers",
        "Critical checks failing",
        "Exposed",
        "Failing checks with their remedy",
        "Objects by verdict",
        "Share that passes",
        "Warning checks failing",
        "When checks failed",
      ],
      "hma-fleet": ["Compliance overview", "Critical failures", "Exposed"],
      "hma-server": ["Exposed"],
    },
  },
  events: {
    alerts: [],
    panels: {},
  },
  workers: {
    alerts: [],
    panels: {},
  },
  counters: {
    alerts: ["HmaPerfCounterDivergence"],
    panels: {
      "hma-exporter": ["Bearer requests by performance counters", "Logs against performance counters"],
      "hma-server": ["Refusals: logs against performance counters"],
    },
  },
};
