import type { Dashboard } from "@grafana/schema";
import { barGauge } from "./bar-gauge.ts";
import { board } from "./board.ts";
import { CHECK_REMEDIES, CHECK_TITLES, SEVERITY_TEXTS, VERDICTS } from "./check-guide.ts";
import { ANY_IS_BAD, ANY_IS_WARNING, colouredNames, nothingText, thresholds } from "./field.ts";
import { exposedStat, keysOverTime } from "./key-panels.ts";
import { sideBySide, sized } from "./layout.ts";
import { toPage } from "./link.ts";
import { COLOUR } from "./palette.ts";
import { series } from "./series.ts";
import { stat } from "./stat.ts";
import { stateTimeline } from "./state-timeline.ts";
import { matrix, table } from "./table.ts";
import type { Limits } from "./limits.ts";
import { ageSeries, timeSeries } from "./time-series.ts";

const DAY = 86_400;

/** Verdict per check and object; the worst if several exporters check the same object. */
const VERDICT = `min by (check, severity, object) (${series("hma_config_compliant")})`;
const WITHOUT_VERDICT = `min by (check) (${series("hma_config_check_success")}) == 0`;
/**
 * Verdict per check and server. The server is the first word of the object: `EX01` of `EX01\\EWS (Default Web Site)`, `EvoSts` of `EvoSts -
 * <id>`. A kind of virtual directories (`MapiVirtualDirectory`), which is compared over all servers, belongs to the organisation.
 */
const FIRST_WORD = `label_replace(${series("hma_config_compliant")}, "server", "$1", "object", "([a-zA-Z0-9._-]+).*")`;
const BY_SERVER = `min by (check, server) (label_replace(${FIRST_WORD}, "server", "organisation", "object", "[a-zA-Z]+VirtualDirectory"))`;

const TO_CHECK = toPage("Documentation of the check", "checks.md#${__value.raw}");

/** Dashboard of checks and servers, with remedies. */
export function compliance(limits: Limits): Dashboard {
  return board({
    name: "compliance",
    description:
      "Is the configuration of every server correct: which checks fail, which have no verdict, and what to do. Unknown is not compliant.",
    targets: "judges",
    from: "now-7d",
    marks: "few",
    refresh: "5m",
    sections: [
      {
        title: "Overview",
        panels: sideBySide(
          5,
          failing("critical"),
          failing("warning"),
          withoutVerdict(),
          passing(),
          exposedStat(series),
          authAdmin(limits),
        ),
      },
      {
        title: "Failing checks and remedies",
        panels: [sized(24, 12, failingTable()), sized(24, 5, withoutVerdictTable())],
      },
      { title: "Every check on every server", panels: [sized(24, 29, verdictMatrix())] },
      {
        title: "Changes",
        panels: [sized(24, 9, failingOverTime()), sized(12, 8, countsOverTime()), sized(12, 8, keysOverTime(series))],
      },
      {
        title: "Auth certificate",
        panels: [sized(12, 6, certificates(limits)), sized(12, 6, authAdminOverTime(limits))],
      },
    ],
  });
}

const failing = (severity: "critical" | "warning") =>
  stat({
    title: severity === "critical" ? "Critical checks failing" : "Warning checks failing",
    description:
      `Objects (the organisation, servers, virtual directories) that fail a check of severity ${severity}. The ` +
      "table below lists them with their remedies.",
    unit: "none",
    noValue: "unknown",
    thresholds: severity === "critical" ? ANY_IS_BAD : ANY_IS_WARNING,
    queries: [
      { expr: `sum(min by (check, object) (${series("hma_config_compliant", `severity="${severity}"`)}) == bool 0)` },
    ],
  });

const withoutVerdict = () =>
  stat({
    title: "Checks without verdict",
    description:
      "Checks without a verdict for at least one object: a right is missing, a server was not reached, or the " +
      "data is only in Microsoft Graph. They are unknown, not compliant.",
    unit: "none",
    noValue: "unknown",
    thresholds: ANY_IS_WARNING,
    queries: [{ expr: `sum(min by (check) (${series("hma_config_check_success")}) == bool 0)` }],
  });

const passing = () =>
  stat({
    title: "Share that passes",
    description:
      "Share of passing objects among those with a verdict. Objects without a verdict are not counted: read it " +
      'together with "Checks without verdict".',
    unit: "percentunit",
    decimals: 0,
    noValue: "unknown",
    thresholds: thresholds([null, COLOUR.bad], [0.9, COLOUR.warn], [1, COLOUR.good]),
    queries: [{ expr: `avg(${VERDICT})` }],
  });

const authAdmin = (limits: Limits) =>
  stat({
    title: "AuthAdmin ran",
    description:
      "How long ago the AuthAdmin servicelet last ran. It runs every 12 hours and writes new keys to AD; if it " +
      "does not run, every key roll-over leads to this fault.",
    unit: "s",
    decimals: 0,
    noValue: "unknown",
    thresholds: thresholds(
      [null, COLOUR.good],
      [13 * 3600, COLOUR.warn],
      [limits("hma:auth_admin_age_seconds:threshold"), COLOUR.bad],
    ),
    queries: [{ expr: `time() - max(${series("hma_auth_admin_last_run_timestamp_seconds")})` }],
  });

const failingTable = () =>
  table({
    title: "Failing checks with their remedy",
    description:
      "One row for each object that fails a check. The remedy is a command for the Exchange Management Shell; " +
      "the check's name links to its documentation, with the reason of the check. check-exchange prints the " +
      "same, and what was found.",
    noValue: "–",
    queries: [
      {
        expr: `label_replace(label_replace(${VERDICT} == 0, "holds", "$1", "check", "(.+)"), "remedy", "$1", "check", "(.+)")`,
      },
    ],
    sortBy: { title: "Severity" },
    columns: [
      { field: "severity", title: "Severity", width: 90, cell: "coloured", mappings: [SEVERITY_TEXTS] },
      { field: "check", title: "Check", width: 235, links: [TO_CHECK] },
      { field: "object", title: "Object", width: 200 },
      { field: "holds", title: "Should hold", width: 260, cell: "wrapped", mappings: [CHECK_TITLES] },
      { field: "remedy", title: "Remedy", cell: "wrapped", mappings: [CHECK_REMEDIES] },
      { field: "Value", title: "Verdict", width: 80, cell: "coloured", mappings: [VERDICTS] },
    ],
  });

const withoutVerdictTable = () =>
  table({
    title: "Checks without a verdict",
    description: "Checks without a verdict for at least one object. check-exchange prints the reason of each.",
    noValue: "–",
    queries: [{ expr: `label_replace((${WITHOUT_VERDICT}) + 2, "holds", "$1", "check", "(.+)")` }],
    sortBy: { title: "Check" },
    columns: [
      { field: "check", title: "Check", width: 300, links: [TO_CHECK] },
      { field: "holds", title: "Would hold", cell: "wrapped", mappings: [CHECK_TITLES] },
      { field: "Value", title: "Verdict", width: 100, cell: "coloured", mappings: [VERDICTS] },
    ],
  });

const verdictMatrix = () =>
  matrix({
    title: "Checks × servers",
    description:
      "A row for each check, a column for each server (and for the organisation and its AuthServers). A server " +
      "passes when all its virtual directories do. An empty cell: the check does not apply to that object, or " +
      "has no verdict; the last column shows the checks without a verdict for at least one object.",
    noValue: "",
    query: { expr: `${BY_SERVER} or label_replace((${WITHOUT_VERDICT}) + 2, "server", "unknown for some", "", "")` },
    row: "check",
    rowTitle: "Check",
    rowLinks: [TO_CHECK],
    rowWidth: 280,
    column: "server",
    mappings: [VERDICTS, nothingText("", "transparent")],
  });

const failingOverTime = () =>
  stateTimeline({
    title: "When checks failed",
    description:
      "Checks that failed for any object in the time shown: since when, and when they passed again. A gap: no verdict at that time.",
    mappings: [VERDICTS],
    noValue: "nothing failed in this time",
    interval: "5m",
    queries: [
      {
        expr:
          `min by (check) (${series("hma_config_compliant")}) and on (check) (min by (check) ` +
          `(min_over_time(${series("hma_config_compliant")}[$__range] @ end())) == 0)`,
        legend: "{{check}}",
      },
    ],
  });

const countsOverTime = () =>
  timeSeries({
    title: "Objects by verdict",
    description:
      "Objects that pass and fail, and checks without a verdict for some object, over time. A drop of all " +
      "three: the collector did not run.",
    unit: "none",
    decimals: 0,
    min: 0,
    draw: "steps",
    interval: "5m",
    overrides: colouredNames({ pass: COLOUR.good, fail: COLOUR.bad, unknown: COLOUR.unknown }),
    queries: [
      { expr: `sum(${VERDICT})`, legend: "pass" },
      { expr: `sum(${VERDICT} == bool 0)`, legend: "fail" },
      { expr: `sum(min by (check) (${series("hma_config_check_success")}) == bool 0)`, legend: "unknown" },
    ],
  });

const certificates = (limits: Limits) =>
  barGauge({
    title: "Auth certificate: days left",
    description:
      "Days until the Exchange auth certificate in each slot expires, below 0 when it has. Below 60 days, stage " +
      "the next one; an expired current one breaks OWA, ECP and server-to-server calls. A slot without a bar is " +
      "empty or unknown.",
    unit: "none",
    decimals: 0,
    max: 365,
    noValue: "unknown",
    thresholds: thresholds(
      [null, COLOUR.bad],
      [limits("hma:auth_certificate_expiring_seconds:threshold") / DAY, COLOUR.warn],
      [limits("hma:auth_certificate_staging_seconds:threshold") / DAY, COLOUR.good],
    ),
    queries: [
      {
        expr: `(max by (slot) (${series("hma_auth_certificate_not_after_timestamp_seconds")}) - time()) / 86400`,
        legend: "{{slot}}",
      },
    ],
  });

const authAdminOverTime = (limits: Limits) =>
  ageSeries({
    title: "Age of AuthAdmin's last run",
    description:
      "A sawtooth of 12 hours is normal. Above 24 hours: AuthAdmin does not run, or cannot " +
      "(EnableAuthAdminReadSession off in a child domain).",
    in: "hours",
    min: 0,
    limit: { seconds: limits("hma:auth_admin_age_seconds:threshold"), colour: COLOUR.bad },
    interval: "5m",
    queries: [
      { expr: `time() - max(${series("hma_auth_admin_last_run_timestamp_seconds")})`, legend: "since the last run" },
    ],
  });
