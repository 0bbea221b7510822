import { CAUSE_RECORDS } from "../../causes/records/index.ts";
import type { AdviceStep } from "../../causes/cause-record.ts";
import type { IncidentFinding, RawRow } from "../../model/finding.ts";
import { filledStep } from "../../markup/filled-step.ts";
import { breakableCode } from "../../markup/breaks.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { evidenceTimeline, firstAction, incidentFacts, incidentPath } from "../../markup/incident-card.ts";
import { instant } from "../../markup/instants.ts";
import { recoveringSince } from "../../markup/recovery.ts";
import { FRONT_END_POOL } from "../../model/app-pool.ts";
import { incidentBundle } from "../incident-bundle.ts";
import { movedIncident } from "../moved-incident.ts";
import type { PageParts } from "../rendered-pages.ts";
import { HTML, nameEndpoint, notFound, plain, send } from "../replies.ts";
import { allowPageSources } from "../security-headers.ts";
import { newestFirst } from "./incidents-page.ts";
import { layout, missingPage } from "./layout.ts";
import type { ProbeRow } from "../web-queries.ts";
import { probeTable } from "./probe-section.ts";
import { rawRowsSection } from "./raw-rows-section.ts";

/** The pages of single incidents, and what can be downloaded of them. */
export function addIncidentRoutes({ app, queries, options, pages }: PageParts): void {
  const { base } = options.external;
  const find = (id: unknown): IncidentFinding | undefined =>
    queries.findings().incidents.find((incident) => incident.id === id);
  // For links in alerts, which have a server and an app pool but no incident id. An incident's id is longer than "open".
  app.get("/incidents/open", (request, response) => {
    nameEndpoint(response, "incidents");
    const { server, app_pool: appPool } = request.query;
    const wanted = newestFirst(queries.findings().incidents).find(
      (incident) =>
        (server === undefined || incident.server === server) && (appPool === undefined || incident.appPool === appPool),
    );
    response.redirect(302, `${base}${wanted === undefined ? "/incidents" : incidentPath(wanted)}`);
  });
  app.get("/incidents/:id", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = find(request.params.id);
    if (incident === undefined) {
      const moved = movedIncident(queries.findings().incidents, request.params.id);
      if (moved === undefined) return notFound(response, missingPage(base, "incident"));
      return response.redirect(302, `${base}${incidentPath(moved)}`);
    }
    allowPageSources(response);
    const render = (): string =>
      incidentPage({
        base,
        incident,
        recoveringSince: recoveringSince(incident, queries.findings()),
        rows: queries.rawRows(incident.id),
        probe: (queries.status().probe ?? []).filter(
          ({ server, protocol }) => server === incident.server && FRONT_END_POOL[protocol] === incident.appPool,
        ),
        hasFarm: options.mode === "central",
        now: queries.status().now,
        runbookUrl: options.runbookUrl,
      });
    await send(response, HTML, pages.get(`/incidents/${incident.id}`, render));
  });
  app.get("/incidents/:id/bundle.zip", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = find(request.params.id);
    if (incident === undefined) return plain(response, 404, "Not found");
    const bundle = await incidentBundle(queries, incident, options);
    // An incident's id can be used as a file name.
    response.setHeader("Content-Disposition", `attachment; filename="hma-${incident.id}.zip"`);
    response.setHeader("Content-Type", "application/zip");
    response.send(bundle);
  });
}

interface IncidentView {
  readonly base: string;
  readonly incident: IncidentFinding;
  /** Time since which no client has been refused, while the incident is still open, ISO 8601; otherwise null. */
  readonly recoveringSince: string | null;
  readonly rows: readonly RawRow[];
  /** Last probe results for this server and app pool. */
  readonly probe: readonly ProbeRow[];
  /** True if the logs are read from a farm folder, so that the reader may have access to it. */
  readonly hasFarm: boolean;
  readonly now: string;
  readonly runbookUrl: string | null;
}

/** Page of one incident: facts, evidence by time, and the commands to confirm and fix it. */
function incidentPage(view: IncidentView): string {
  const { base, incident, recoveringSince, rows, probe, hasFarm, now, runbookUrl } = view;
  const advice = CAUSE_RECORDS[incident.cause];
  return layout({
    base,
    title: `${advice.title} on ${incident.server} – hma-exporter`,
    current: "incidents",
    main: html`<h1 id="headline">${advice.title} on ${incident.server}</h1>
      <p>${advice.meaning}</p>
      <div class="card">
        ${incidentFacts(incident, now, recoveringSince)}
        ${incident.end === null && recoveringSince === null ? firstAction(incident) : null}
      </div>
      <h2>Evidence</h2>
      ${evidenceTimeline(incident)}
      ${
        probe.length === 0
          ? null
          : html`<h2 id="probe">Current probe results</h2>
              ${probeTable(probe, { now })}`
      }
      <h2>Confirm</h2>
      ${steps(advice.confirm, incident)}
      <h2>Act</h2>
      ${steps(advice.act, incident)}
      <p>
        ${runbookUrl === null ? html`Runbook: ${breakableCode(`docs/runbooks/${advice.runbook}.md`)}` : html`<a href="${runbookUrl}/${advice.runbook}.md">Runbook</a>`}
      </p>
      <h2 id="rows">Log rows</h2>
      ${rawRowsSection(rows, hasFarm)}
      <h2>Share</h2>
      <p>
        <a href="${base}${incidentPath(incident)}/bundle.zip" download>Download the data of this incident</a>
        <span class="soft">(zip of text and JSON, without names and addresses)</span>
      </p>
      <p><a href="${base}/incidents">All incidents</a></p>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}

/** List of the steps, with the incident's server, app pool and times filled in. */
function steps(list: readonly AdviceStep[], incident: IncidentFinding): Html {
  return html`<ol>
    ${list
      .map((step) => filledStep(step, incident))
      .map(
        ({ text, command }) =>
          html`<li>${text}${command === null ? null : html`<pre><code>${command}</code></pre>`}</li>`,
      )}
  </ol>`;
}
