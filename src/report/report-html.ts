import { html, Html } from "../markup/html.ts";
import { roughly } from "../markup/instants.ts";
import type { Report } from "./report-model.ts";
import { number, plural } from "../model/text/counted.ts";
import { reportSections } from "./report-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { clock } from "./report-timeline.ts";

/** The report as one HTML page. It has no external resources and no scripts, and contains no user, address or token. */
export function htmlReport(report: Report, { version }: { readonly version: string }): string {
  const title = titleOf(report);
  return html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="report">
          <p>Bearer sign-in to Exchange with Hybrid Modern Authentication</p>
          <h1>${title}</h1>
        </header>
        <main id="content">${headline(report)} ${tiles(report)} ${reportSections(report)}</main>
        <footer>
          <p>
            All times are UTC and come from the log rows. Clients are pseudonyms; this report contains no user, address
            or token. hma-exporter ${version}.
          </p>
        </footer>
      </body>
    </html> `.markup;
}

function titleOf({ findings }: Report): string {
  const servers =
    findings.servers.length > 4
      ? plural(findings.servers.length, "server")
      : findings.servers.join(", ") || "no server";
  if (findings.from === null || findings.to === null) return `${servers}: no log row was read`;
  const from = clock(findings.from);
  const to = clock(findings.to);
  const isOneDay = findings.from.slice(0, 10) === findings.to.slice(0, 10);
  // Sample: 16 Nov 07:00
  return isOneDay
    ? `${servers}, ${from.slice(0, 6)} ${findings.to.slice(0, 4)}, ${from.slice(7)} to ${to.slice(7)}`
    : `${servers}, ${from} to ${to} ${findings.to.slice(0, 4)}`;
}

/** One sentence that summarises the report. */
function headline({ findings, summary }: Report): Html {
  if (findings.from === null) return html`<p class="headline warn">No log row was read</p>`;
  if (summary.incidents > 0) {
    const servers = new Set(findings.incidents.map((incident) => incident.server)).size;
    const where = `${plural(summary.incidents, "incident")} on ${plural(servers, "server")}`;
    const { users, strangers } = summary;
    if (users.loops === 0 && strangers.loops > 0)
      return html`<p class="headline warn">
        ${where}, of strangers alone: no user's client was refused again and again
      </p>`;
    return html`<p class="headline bad">
      ${where}: ${plural(users.clients, "client")} lost ${number(users.clientMinutes)} minutes to refused Bearer tokens
    </p>`;
  }
  if (summary.loops > 0)
    return html`<p class="headline warn">
      No incident, but ${plural(summary.clients, "client")} ${summary.clients === 1 ? "was" : "were"} refused again and
      again
    </p>`;
  return html`<p class="headline good">No client was refused again and again</p>`;
}

function tiles({ summary }: Report): Html {
  const facts: readonly (readonly [string, string])[] = [
    ["incidents", number(summary.incidents)],
    ["clients hit", number(summary.users.clients)],
    ["client-minutes lost", number(summary.users.clientMinutes)],
    ...(summary.strangers.loops === 0
      ? []
      : [["strangers refused (without access)", number(summary.strangers.clients)] as const]),
    ["longest incident", summary.incidents === 0 ? "none" : roughly(Math.round(summary.longestIncidentSeconds) * 1000)],
    ["over 30 minutes", number(summary.incidentsOverBound)],
    ["refused or suspected requests", number(summary.refusals)],
    ["recycles", number(summary.recycles)],
    ["key changes", number(summary.keyChanges)],
    ...(summary.pages === null ? [] : [["pages sent", number(summary.pages)] as const]),
  ];
  return html`<dl class="tiles">
    ${facts.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
