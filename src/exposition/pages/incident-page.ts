import { CAUSE_ADVICE } from "../../catalogue/cause-advice.ts";
import type { AdviceStep } from "../../catalogue/cause-advice.ts";
import type { IncidentFinding } from "../../model/finding.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { evidenceTimeline, incidentFacts } from "./incident-card.ts";
import { instant } from "./instants.ts";
import { layout } from "./layout.ts";

export interface IncidentView {
  readonly nonce: string;
  readonly incident: IncidentFinding;
  readonly now: string;
  readonly runbookUrl: string | null;
}

/** One incident: what happened, the evidence in order of time, and what to type. */
export function incidentPage({ nonce, incident, now, runbookUrl }: IncidentView): string {
  const advice = CAUSE_ADVICE[incident.cause];
  return layout({
    nonce,
    title: `${advice.title} on ${incident.server} – hma-exporter`,
    current: "incidents",
    main: html`<h1 id="headline">${advice.title} on ${incident.server}</h1>
<p>${advice.meaning}</p>
<div class="card">${incidentFacts(incident, now)}</div>
<h2>Evidence</h2>
${evidenceTimeline(incident)}
<h2>Confirm</h2>
${steps(advice.confirm, incident)}
<h2>Act</h2>
${steps(advice.act, incident)}
<p>${runbookUrl === null ? null : html`<a href="${runbookUrl}/${advice.runbook}.md">Runbook</a> · `}<a href="/incidents">All incidents</a></p>`,
    footer: html`<span>${instant(now)}</span>`,
  });
}

/** The steps, with what the incident knows filled in. */
function steps(list: readonly AdviceStep[], incident: IncidentFinding): Html {
  return html`<ol>${list.map(
    ({ text, command }) => html`<li>${text}${command === null ? null : html`<pre><code>${command.replaceAll("<app pool>", incident.appPool).replaceAll("<server>", incident.server)}</code></pre>`}</li>`,
  )}</ol>`;
}
