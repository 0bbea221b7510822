import { CAUSE_RECORDS } from "../../causes/records/index.ts";
import type { AdviceStep } from "../../causes/cause-record.ts";
import type { IncidentFinding, RawRow } from "../../model/finding.ts";
import { filledStep } from "../../markup/filled-step.ts";
import { breakableCode } from "../../markup/breaks.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { evidenceTimeline, firstAction, incidentFacts, incidentPath } from "../../markup/incident-card.ts";
import { instant } from "../../markup/instants.ts";
import { layout } from "./layout.ts";
import type { ProbeRow } from "../web-queries.ts";
import { probeTable } from "./probe-section.ts";
import { rawRowsSection } from "./raw-rows-section.ts";

export interface IncidentView {
  readonly base: string;
  readonly incident: IncidentFinding;
  /** Since when nobody is refused any more, ISO 8601; null while somebody is, and once it has ended. */
  readonly recoveringSince: string | null;
  readonly rows: readonly RawRow[];
  /** Last results of the probe on this server and app pool. */
  readonly probe: readonly ProbeRow[];
  /** The logs stand in a farm folder, which the reader may have at hand. */
  readonly hasFarm: boolean;
  readonly now: string;
  readonly runbookUrl: string | null;
}

/** One incident: what happened, the evidence in order of time, and what to type. */
export function incidentPage(view: IncidentView): string {
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
          : html`<h2 id="probe">What the probe finds there now</h2>
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
      <h2>Hand it on</h2>
      <p>
        <a href="${base}${incidentPath(incident)}/bundle.zip" download>Download what is known of this incident</a>
        <span class="soft">(zip of text and JSON, without names and addresses)</span>
      </p>
      <p><a href="${base}/incidents">All incidents</a></p>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}

/** The steps, with what the incident knows filled in. */
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
