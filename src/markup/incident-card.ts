import { CAUSE_ADVICE } from "../causes/cause-advice.ts";
import type { IncidentFinding } from "../model/finding.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { age, instant, instantAndAge, roughly } from "./instants.ts";

/** What an incident is, in a card: cause, where, since when, how sure, and the last pieces of its evidence. */
export function incidentCard(incident: IncidentFinding, now: string, base: string): Html {
  return html`<article class="card bad" aria-labelledby="incident-${incident.id}">
    <h3 id="incident-${incident.id}">
      <a href="${base}${incidentPath(incident)}">${CAUSE_ADVICE[incident.cause].title}</a>
    </h3>
    <p>${CAUSE_ADVICE[incident.cause].meaning}</p>
    ${incidentFacts(incident, now)} ${evidenceTimeline(incident, 5)}
  </article>`;
}

/** Below the base of the pages. */
export function incidentPath(incident: IncidentFinding): string {
  return `/incidents/${encodeURIComponent(incident.id)}`;
}

export function incidentFacts(incident: IncidentFinding, now: string): Html {
  const facts: readonly (readonly [string, Html | string | number])[] = [
    ["Server", incident.server],
    ["App pool", incident.appPool],
    ["Since", instantAndAge(incident.start, now)],
    incident.end === null
      ? ["State", html`<span class="badge bad">open for ${age(incident.start, now)}</span>`]
      : ["Ended", html`${instant(incident.end)} <span class="soft">(after ${lengthOf(incident)})</span>`],
    ["Clients hit", incident.clients],
    ["Refusals", incident.rejections],
    ["Proven by a log", incident.proven ? "yes" : "no, suspected only"],
    ["Confidence in the cause", confidence(incident.confidence)],
  ];
  return html`<dl class="facts">
    ${facts.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The evidence in order of time; the newest `most` pieces when there are more. */
export function evidenceTimeline(incident: IncidentFinding, most = Infinity): Html {
  const pieces = incident.evidence.toSorted((one, other) => one.at.localeCompare(other.at));
  const shown = pieces.slice(Math.max(0, pieces.length - most));
  if (shown.length === 0) return html`<p class="none">No evidence yet.</p>`;
  return html`<ol class="timeline" aria-label="Evidence">
    ${shown.map(
      ({ at, text, source, place }) =>
        html`<li>
          ${instant(at)}${text}
          <span class="soft"
            >—
            ${source.replaceAll("_", " ")}${place === undefined ? null : html`, <code>${place.server}/${place.file}</code> at byte ${place.offset}`}</span
          >
        </li>`,
    )}
  </ol>`;
}

function confidence(value: number): Html {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return html`<meter min="0" max="100" value="${percent}" aria-hidden="true"></meter> ${percent} %`;
}

function lengthOf(incident: IncidentFinding): string {
  return roughly(Date.parse(incident.end ?? incident.start) - Date.parse(incident.start));
}
