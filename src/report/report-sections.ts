import { logNotices } from "../markup/log-notices.ts";
import { CAUSE_RECORDS } from "../causes/records/index.ts";
import type { IncidentFinding } from "../model/finding.ts";
import { checkFolds } from "../markup/check-folds.ts";
import { severityClass } from "../markup/severity.ts";
import { breakableCode } from "../markup/breaks.ts";
import { html, type Html, type HtmlPart } from "../markup/html.ts";
import { evidenceTimeline } from "../markup/incident-card.ts";
import { instant, roughly } from "../markup/instants.ts";
import { table } from "../markup/table.ts";
import { number, plural } from "../model/text/counted.ts";
import { lengthBar, lengthsChart, shareBar } from "./report-charts.ts";
import { BOUND_SECONDS, errorReasons, lengthSeconds, type Report } from "./report-model.ts";
import { timeline } from "./report-timeline.ts";

/** Maximum number of rows per table; the page states how many are left out. The JSON report contains all. */
const MAX_ROWS = 200;
/** Maximum number of incidents shown with evidence; those with the most clients come first. */
const MAX_STORIES = 50;

/** The sections of the report in order; null for a section without content. */
export function reportSections(report: Report): readonly (Html | null)[] {
  return [
    timelineSection(report),
    incidentSection(report),
    causeSection(report),
    weekSection(report),
    poolSection(report),
    alertSection(report),
    complianceSection(report),
    changeSection(report),
    accountingSection(report),
  ];
}

function timelineSection(report: Report): Html | null {
  const drawn = timeline(report);
  return drawn === null ? null : section("timeline", "Timeline", drawn);
}

function incidentSection({ findings, summary }: Report): Html | null {
  if (findings.incidents.length === 0) return null;
  const rows = findings.incidents
    .slice(0, MAX_ROWS)
    .map((incident) => [
      instant(incident.start),
      incident.server,
      html`${breakableCode(incident.appPool)}`,
      CAUSE_RECORDS[incident.cause].title,
      number(incident.clients),
      number(incident.rejections),
      lengthCell(incident, findings.to),
    ]);
  const within = summary.incidents - summary.incidentsOverBound;
  return section(
    "incidents",
    "Incidents and how long they took",
    html`<p>
        A worker that starts with old signing keys finds the new ones by itself within ${BOUND_SECONDS / 60} minutes of
        its first token. ${number(within)} of ${plural(summary.incidents, "incident")} ended within that
        time${summary.incidentsOverBound === 0 ? "." : html`; <strong>${plural(summary.incidentsOverBound, "incident")} took longer</strong>, which another cause must explain.`}
      </p>
      ${lengthsChart(findings.incidents, findings.to)}
      ${table("Incidents", [{ title: "Began" }, { title: "Server" }, { title: "App pool" }, { title: "Cause" }, { title: "Clients", isNumber: true }, { title: "Refusals", isNumber: true }, { title: "Length" }], rows)}
      ${leftOut(findings.incidents.length)}`,
  );
}

function lengthCell(incident: IncidentFinding, to: string | null): Html {
  const seconds = lengthSeconds(incident, to);
  return html`<span class="nowrap">${lengthBar(seconds)}${roughly(Math.round(seconds) * 1000)}</span
    >${incident.end === null ? " so far" : null}`;
}

function causeSection({ findings, causes }: Report): Html | null {
  if (causes.length === 0) return null;
  const stories = [...findings.incidents]
    .sort((a, b) => b.clients - a.clients || b.rejections - a.rejections)
    .slice(0, MAX_STORIES);
  const isFew = findings.incidents.length <= 12;
  return section(
    "causes",
    "Causes and their evidence",
    html`${causes.map(({ cause, incidents, clients, longestSeconds }) => {
      const advice = CAUSE_RECORDS[cause];
      const own = stories.filter((incident) => incident.cause === cause);
      return html`<h3 class="cause">${advice.title}</h3>
        <p>${advice.meaning}</p>
        <p class="soft">
          ${plural(incidents, "incident")}, ${plural(clients, "client")}, the longest
          ${roughly(Math.round(longestSeconds) * 1000)}
        </p>
        ${own.map((incident) => story(incident, findings.to, isFew))}
        ${own.length < incidents ? html`<p class="none">${number(incidents - own.length)} more, with fewer clients, are in the table above.</p>` : null}
        <details>
          <summary>What to check and what to do</summary>
          <ol>
            ${[...advice.confirm, ...advice.act].map((step) => html`<li>${step.text}${step.command === null ? null : html`<pre>${step.command}</pre>`}</li>`)}
          </ol>
        </details>`;
    })}`,
  );
}

function story(incident: IncidentFinding, to: string | null, isOpen: boolean): Html {
  const length = roughly(Math.round(lengthSeconds(incident, to)) * 1000);
  return html`<details class="card" ${isOpen ? OPEN : null}>
    <summary>
      ${incident.server}, ${instant(incident.start)}
      <span class="soft"
        >${incident.appPool}, ${plural(incident.clients, "client")}, ${length}, ${Math.round(incident.confidence * 100)}
        % sure${incident.proven ? null : ", suspected only"}</span
      >
    </summary>
    ${evidenceTimeline(incident)}
  </details>`;
}

const OPEN = html` open`;

function weekSection({ weeks }: Report): Html | null {
  if (weeks.length === 0) return null;
  const largest = Math.max(...weeks.map((week) => week.clientMinutes));
  const rows = weeks.map((week) => [
    html`<time datetime="${week.week}">${week.week}</time>`,
    number(week.incidents),
    number(week.loops),
    number(week.clients),
    html`${shareBar(week.clientMinutes, largest)}${number(week.clientMinutes)}`,
    number(week.loopRefusals),
    number(week.recycles),
  ]);
  return section(
    "weeks",
    "Weeks",
    html`<p>
        Client-minutes are the time that clients spent being refused again and again, first rejection to end. Weeks
        begin on Monday.
      </p>
      ${table("Weeks", [{ title: "Week of" }, { title: "Incidents", isNumber: true }, { title: "Loops", isNumber: true }, { title: "Clients", isNumber: true }, { title: "Client-minutes" }, { title: "Refusals in loops", isNumber: true }, { title: "Recycles", isNumber: true }], rows)}`,
  );
}

function poolSection({ appPools }: Report): Html | null {
  if (appPools.length === 0) return null;
  const largest = Math.max(...appPools.map((pool) => pool.clientMinutes));
  const rows = appPools.map((pool) => [
    html`${breakableCode(pool.appPool)}`,
    number(pool.incidents),
    number(pool.loops),
    number(pool.clients),
    html`${shareBar(pool.clientMinutes, largest)}${number(pool.clientMinutes)}`,
    number(pool.loopRefusals),
    number(pool.recycles),
  ]);
  return section(
    "pools",
    "App pools",
    table(
      "App pools",
      [
        { title: "App pool" },
        { title: "Incidents", isNumber: true },
        { title: "Loops", isNumber: true },
        { title: "Clients", isNumber: true },
        { title: "Client-minutes" },
        { title: "Refusals in loops", isNumber: true },
        { title: "Recycles", isNumber: true },
      ],
      rows,
    ),
  );
}

function alertSection({ backtest, summary }: Report): Html | null {
  if (backtest === null) return null;
  const { alerts, pages, rules } = backtest;
  const rows = alerts.slice(0, MAX_ROWS).map((alert) => [
    instant(alert.start),
    html`<span class="badge ${severityClass(alert.severity)}">${alert.severity || "none"}</span>`,
    html`${alert.alert}${alert.summary === "" ? null : html`<br /><span class="soft">${alert.summary}</span>`}`,
    [
      alert.server ?? "organisation",
      ...Object.entries(alert.labels)
        .filter(([name]) => name !== "component")
        .map(([, value]) => value),
    ].join(", "),
    html`${roughly(alert.durationSeconds * 1000)}${alert.end === null ? " so far" : null}`,
  ]);
  return section(
    "alerts",
    "Alerts that would have fired",
    html`<p>
        <strong>You would have been paged ${pages === 1 ? "once" : `${number(pages)} times`}</strong>;
        ${plural(summary.users.clients, "client")}, ${plural(summary.users.clientMinutes, "client-minute")} lost.
        ${plural(rules, "rule")} were evaluated over this time in Prometheus, every minute, with <code>for</code> and
        <code>keep_firing_for</code> applied. Critical alerts of one component that fire at the same time are one page.
      </p>
      ${alerts.length === 0 ? html`<p class="none">None would have fired.</p>` : table("Alerts", [{ title: "Began" }, { title: "Severity" }, { title: "Alert" }, { title: "About" }, { title: "Fired for" }], rows)}
      ${leftOut(alerts.length)}`,
  );
}

function complianceSection({ compliance }: Report): Html | null {
  if (compliance.at === null) return null;
  const { results } = compliance;
  const failing = results.filter((result) => result.verdict === "fail");
  const unknown = results.filter((result) => result.verdict === "unknown").length;
  return section(
    "compliance",
    "Configuration",
    html`<p>
        As of ${instant(compliance.at)}: ${number(results.length - failing.length - unknown)} verdicts pass,
        ${failing.length === 0 ? "none fails" : html`<strong>${number(failing.length)} fail</strong>`},
        ${number(unknown)} are unknown.
      </p>
      ${checkFolds(failing, MAX_ROWS)}`,
  );
}

function changeSection({ findings }: Report): Html | null {
  const rows = [
    ...findings.recycles.map(({ at, server, appPool, reason }) => ({
      at,
      what: "recycle",
      where: server,
      text: html`${breakableCode(appPool)} ${reason.replaceAll("_", " ")}`,
    })),
    ...findings.keyChanges.map(({ at, kind }) => ({
      at,
      what: "key change",
      where: "organisation",
      text: html`${kind.replaceAll("_", " ")}`,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  if (rows.length === 0) return null;
  return section(
    "changes",
    "Recycles and key changes",
    html`${table(
      "Recycles and key changes",
      [{ title: "Time" }, { title: "Change" }, { title: "Where" }, { title: "Details" }],
      rows.slice(0, MAX_ROWS).map(({ at, what, where, text }) => [instant(at), what, where, text]),
    )}
    ${leftOut(rows.length)}`,
  );
}

function accountingSection({ findings, notes }: Report): Html {
  const files = findings.accounting;
  const skipped = files.filter((file) => file.skipped > 0);
  const notices = [...logNotices(notes.logGaps, files), ...(findings.hints ?? []).map(({ text }) => text)];
  const servers = [...new Set(files.map((file) => file.server))].map((server) => {
    const own = files.filter((file) => file.server === server);
    const sum = (of: (file: (typeof own)[number]) => number): number =>
      own.reduce((total, file) => total + of(file), 0);
    return [
      server,
      number(own.length),
      number(sum((file) => file.bytes)),
      number(sum((file) => file.counted)),
      number(sum((file) => file.skipped)),
    ];
  });
  const requests = Object.entries(notes.requests).map(
    ([result, count]) =>
      html`<div>
        <dt>${result}</dt>
        <dd>${number(count)}</dd>
      </div>`,
  );
  return section(
    "accounting",
    "What was read",
    html`<p>
        ${plural(files.length, "file")}, ${number(notes.bytes)}
        bytes${notes.snapshots === 0 ? null : html`, ${plural(notes.snapshots, "snapshot")} of the organisation`}.
        ${plural(notes.unreadableLines, "line")} could not be read. Each request is counted once, even if several logs contain
        it; health probes are not counted.
      </p>
      <dl class="facts">${requests}</dl>
      ${table("Bytes by server", [{ title: "Server" }, { title: "Files", isNumber: true }, { title: "Bytes", isNumber: true }, { title: "Understood", isNumber: true }, { title: "Skipped", isNumber: true }], servers)}
      ${
        notices.length === 0
          ? null
          : html`<h3>Missing from the logs</h3>
              <ul>
                ${notices.map((notice) => html`<li>${notice}</li>`)}
              </ul>`
      }
      ${
        skipped.length === 0
          ? null
          : html`<h3>Files with skipped lines</h3>
              <p>They could not be read, or are outside of the requested time.</p>
              ${table(
                "Skipped",
                [{ title: "File" }, { title: "Bytes", isNumber: true }, { title: "Skipped", isNumber: true }],
                skipped
                  .slice(0, MAX_ROWS)
                  .map((file) => [
                    breakableCode(`${file.server}/${file.file}`),
                    number(file.bytes),
                    number(file.skipped),
                  ]),
              )}${leftOut(skipped.length)}`
      }
      ${
        notes.errors.length === 0
          ? null
          : html`<h3>Not read</h3>
              <p>
                ${errorReasons(notes.errors)
                  .map(({ reason, count }) => `${number(count)} ${reason}`)
                  .join(", ")}.
                Everything else was read.
              </p>
              <ul>
                ${notes.errors.slice(0, MAX_ROWS).map((error) => html`<li>${error}</li>`)}
              </ul>
              ${leftOut(notes.errors.length)}`
      }`,
  );
}

function section(id: string, title: string, content: HtmlPart): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `;
}

function leftOut(count: number): Html | null {
  return count <= MAX_ROWS
    ? null
    : html`<p class="none">${number(count - MAX_ROWS)} more are not shown; the JSON report contains all.</p>`;
}
