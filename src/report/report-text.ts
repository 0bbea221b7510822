import { formatDuration } from "../model/durations.ts";
import type { Findings, IncidentFinding } from "../model/finding.ts";
import { logNotices } from "../markup/log-notices.ts";
import { number, plural } from "../model/text/counted.ts";
import { timeText } from "../model/text/time-text.ts";
import { printable } from "../markup/printable.ts";
import { BOUND_SECONDS, errorReasons, lengthSeconds, type Report } from "./report-model.ts";

/** The report as text for a terminal: at most 110 columns, except for evidence. */
export function textReport(report: Report): string {
  const { findings, notes } = report;
  const lines = [
    `Servers    ${findings.servers.length === 0 ? "none" : findings.servers.join(", ")}`,
    `Time       ${findings.from === null ? "nothing read" : `${timeText(findings.from)} to ${timeText(findings.to ?? "")}`}`,
    `Read       ${plural(findings.accounting.length, "file")}, ${megabytes(notes.bytes)}, ` +
      `${plural(notes.unreadableLines, "unreadable line")}${notes.snapshots === 0 ? "" : `, ${plural(notes.snapshots, "snapshot")}`}`,
    `Requests   ${
      Object.entries(notes.requests)
        .map(([result, count]) => `${number(count)} ${result}`)
        .join(", ") || "none"
    }`,
    "",
    ...incidentLines(findings),
    ...lossLines(report),
    ...loopLines(findings),
    ...recycleLines(report),
    ...keyLines(findings),
    ...poolLines(report),
    ...weekLines(report),
    ...alertLines(report),
    ...complianceLines(report),
    ...unknownLines(report),
    ...skippedLines(findings),
    ...errorLines(notes.errors),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function lossLines({ summary }: Report): string[] {
  if (summary.loops === 0) return [];
  const over =
    summary.incidents === 0
      ? ""
      : `; ${number(summary.incidentsOverBound)} of ${plural(summary.incidents, "incident")} took longer than ` +
        `${BOUND_SECONDS / 60} minutes`;
  const { users, strangers } = summary;
  const lost = `Lost       ${plural(users.clients, "client")}, ${plural(users.clientMinutes, "client-minute")}${over}`;
  if (strangers.loops === 0) return [lost];
  return [
    lost,
    `Strangers  ${plural(strangers.clients, "client")} without access (invalid_token, invalid_user), not in the line above`,
  ];
}

function poolLines({ appPools }: Report): string[] {
  const hit = appPools.filter((pool) => pool.loops > 0);
  if (hit.length === 0) return [];
  return ["", "App pools", ...hit.slice(0, 10).map((pool) => `  ${pool.appPool.padEnd(34)} ${totals(pool)}`)];
}

function weekLines({ weeks }: Report): string[] {
  if (weeks.length < 2) return [];
  return [
    "",
    "Weeks",
    ...weeks.map((week) => `  from ${week.week}  ${totals(week)}, ${plural(week.recycles, "recycle")}`),
  ];
}

function totals({
  incidents,
  loops,
  clients,
  clientMinutes,
}: {
  readonly incidents: number;
  readonly loops: number;
  readonly clients: number;
  readonly clientMinutes: number;
}): string {
  return [
    plural(incidents, "incident"),
    plural(loops, "loop"),
    plural(clients, "client"),
    plural(clientMinutes, "client-minute"),
  ].join(", ");
}

/** Maximum number of alerts listed; the counts include all. */
const MAX_ALERTS = 100;

function alertLines({ backtest, summary }: Report): string[] {
  if (backtest === null) return [];
  const { alerts, pages, rules } = backtest;
  return [
    "",
    `Alerts     you would have been paged ${pages === 1 ? "once" : `${number(pages)} times`}; ` +
      `${plural(summary.users.clients, "client")}, ${plural(summary.users.clientMinutes, "client-minute")} ` +
      `(${plural(alerts.length, "alert")} of ${plural(rules, "rule")})`,
    ...alerts.slice(0, MAX_ALERTS).map((alert) => {
      const about = [
        alert.server ?? "organisation",
        ...Object.entries(alert.labels)
          .filter(([name]) => name !== "component")
          .map(([, value]) => value),
      ].join(" ");
      return (
        `  ${timeText(alert.start)}  ${alert.severity.padEnd(8)}  ${alert.alert}, ${about}, ` +
        `${lengthText(alert.durationSeconds)}${alert.end === null ? ", still firing at the end" : ""}`
      );
    }),
    ...(alerts.length > MAX_ALERTS ? [`  and ${number(alerts.length - MAX_ALERTS)} more`] : []),
  ];
}

function complianceLines({ compliance }: Report): string[] {
  if (compliance.at === null) return [];
  const failing = compliance.results.filter((result) => result.verdict === "fail");
  return [
    "",
    `Compliance ${number(failing.length)} of ${plural(compliance.results.length, "verdict")} fail, as of ${timeText(compliance.at)}`,
    ...failing
      .slice(0, 20)
      .map((result) => `  ${result.severity.padEnd(8)}  ${result.check} ${result.object}: ${result.found ?? ""}`),
  ];
}

const MAX_ERRORS = 20;

function errorLines(errors: readonly string[]): string[] {
  if (errors.length === 0) return [];
  return [
    "",
    `Not read   ${number(errors.length)}: ${errorReasons(errors)
      .map(({ reason, count }) => `${number(count)} ${reason}`)
      .join(", ")}; all else was read`,
    ...errors.slice(0, MAX_ERRORS).map((error) => `  ${error}`),
    ...(errors.length > MAX_ERRORS ? [`  and ${number(errors.length - MAX_ERRORS)} more`] : []),
  ];
}

function lengthText(seconds: number): string {
  return formatDuration(Math.round(seconds) * 1000);
}

function incidentLines(findings: Findings): string[] {
  if (findings.incidents.length === 0) return ["Incidents  none", ""];
  return [`Incidents  ${number(findings.incidents.length)}`, "", ...findings.incidents.flatMap(incidentBlock)];
}

function incidentBlock(incident: IncidentFinding): string[] {
  const length = incident.end === null ? "still open" : lengthText(lengthSeconds(incident, null));
  const proof = incident.proven ? "proven" : "suspected only";
  return [
    `  ${timeText(incident.start)}  ${incident.server} ${incident.appPool}`,
    `    ${incident.cause} (confidence ${Math.round(incident.confidence * 100)} %, ${proof}), ${length}, ` +
      `${plural(incident.clients, "client")}, ${plural(incident.rejections, "refusal")}`,
    ...incident.evidence.map((one) => `      ${timeText(one.at)}  ${one.text} [${one.source}]`),
    "",
  ];
}

function loopLines({ loops }: Findings): string[] {
  const recovered = loops.filter((loop) => loop.outcome === "recovered").length;
  return [`Loops      ${loops.length === 0 ? "none" : `${number(loops.length)}, ${number(recovered)} recovered`}`];
}

function recycleLines({ findings: { recycles }, notes }: Report): string[] {
  if (recycles.length === 0)
    return [`Recycles   ${notes.showsWorkers ? "none" : "unknown: no log that shows worker replacements was read"}`];
  const byReason = new Map<string, number>();
  for (const recycle of recycles) byReason.set(recycle.reason, (byReason.get(recycle.reason) ?? 0) + 1);
  return [
    `Recycles   ${number(recycles.length)}: ${[...byReason].map(([reason, count]) => `${number(count)} ${reason}`).join(", ")}`,
  ];
}

function keyLines({ keyChanges }: Findings): string[] {
  if (keyChanges.length === 0) return ["Keys       no change"];
  return [
    `Keys       ${plural(keyChanges.length, "change")}`,
    ...keyChanges.slice(0, 20).map((change) => `  ${timeText(change.at)}  ${change.kind}`),
  ];
}

function unknownLines({ findings, notes }: Report): string[] {
  const notices = [
    ...logNotices(notes.logGaps, findings.accounting),
    ...(findings.hints ?? []).map(({ text }) => text),
  ];
  return notices.length === 0 ? [] : ["", "Not known", ...notices.map((notice) => `  ${notice}`)];
}

function skippedLines({ accounting }: Findings): string[] {
  const skipped = accounting.filter((file) => file.skipped > 0);
  if (skipped.length === 0) return [];
  const shown = skipped
    .slice(0, 10)
    .map((file) => `  ${file.server}/${file.file}: ${number(file.skipped)} of ${number(file.bytes)} bytes skipped`);
  return [
    "",
    `Skipped    lines of ${plural(skipped.length, "file")}, unreadable or outside of the requested time`,
    ...shown,
  ];
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${number(bytes)} bytes` : `${number(Math.round(bytes / 100_000) / 10)} MB`;
}
