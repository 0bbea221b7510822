import { CAUSE_RECORDS } from "../../causes/records/index.ts";
import type { Findings, IncidentFinding } from "../../model/finding.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { incidentPath } from "../../markup/incident-card.ts";
import { instant, roughly } from "../../markup/instants.ts";
import type { WebStatus } from "../web-queries.ts";
import { silenceText } from "./freshness.ts";
import { number, plural } from "../../model/text/counted.ts";
import { layout } from "./layout.ts";
import { table } from "../../markup/table.ts";

/** Maximum number of incidents on the page; the JSON contains all. */
const MAX_SHOWN = 500;
const MAX_HINTS = 10;

/** Page with all incidents: open ones first, then the newest first. */
export function incidentsPage({
  base,
  findings,
  status,
}: {
  readonly base: string;
  readonly findings: Findings;
  readonly status: Pick<WebStatus, "servers" | "now">;
}): string {
  const { now } = status;
  const silence = silenceText(status);
  const incidents = newestFirst(findings.incidents);
  const open = incidents.filter(({ end }) => end === null).length;
  return layout({
    base,
    title: open > 0 ? `(${number(open)}) Incidents – hma-exporter` : "Incidents – hma-exporter",
    current: "incidents",
    main: html`<h1 id="headline">
        ${plural(incidents.length, "incident")}, ${number(open)} open
      </h1>
      ${silence === null ? null : html`<p class="warn">${silence}</p>`}
      ${incidents.length === 0 ? html`<p class="none">None since the first log row.</p>` : incidentTable(incidents.slice(0, MAX_SHOWN), now, base)}
      ${incidents.length > MAX_SHOWN ? html`<p class="soft">Only the newest ${MAX_SHOWN} are shown.</p>` : null}
      ${(findings.hints ?? []).slice(-MAX_HINTS).map(({ text }) => html`<p class="soft">${text}.</p>`)}
      <p><a href="${base}/api/v1/incidents">All findings as JSON</a></p>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}

export function newestFirst(incidents: readonly IncidentFinding[]): readonly IncidentFinding[] {
  return incidents.toSorted(
    (one, other) => Number(other.end === null) - Number(one.end === null) || other.start.localeCompare(one.start),
  );
}

export function incidentTable(incidents: readonly IncidentFinding[], now: string, base: string): Html {
  const columns = [
    { title: "Cause" },
    { title: "Server" },
    { title: "App pool" },
    { title: "Start" },
    { title: "Length" },
    { title: "Clients", isNumber: true },
    { title: "Refusals", isNumber: true },
    { title: "State" },
  ] as const;
  return table(
    "Incidents",
    columns,
    incidents.map((incident) => [
      html`<a href="${base}${incidentPath(incident)}">${CAUSE_RECORDS[incident.cause].title}</a
        >${incident.proven ? null : html` <span class="soft">(suspected)</span>`}`,
      incident.server,
      incident.appPool,
      instant(incident.start),
      roughly(Date.parse(incident.end ?? now) - Date.parse(incident.start)),
      incident.clients,
      incident.rejections,
      incident.end === null ? html`<span class="badge bad">open</span>` : html`<span class="badge good">ended</span>`,
    ]),
  );
}
