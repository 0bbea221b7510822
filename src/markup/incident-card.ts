import { CAUSE_RECORDS } from "../causes/records/index.ts";
import type { Evidence, EvidenceKind, IncidentFinding } from "../model/finding.ts";
import { filledStep } from "./filled-step.ts";
import { breakableCode } from "./breaks.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { age, instant, instantAndAge, roughly } from "./instants.ts";
import { number } from "../model/text/counted.ts";

/** Context of an open incident. Times are ISO 8601. */
export interface CardFrame {
  readonly now: string;
  /** URL prefix of the pages. */
  readonly base: string;
  /** Time since which no client has been refused; null while one is. */
  readonly recoveringSince: string | null;
}

/** An incident as a card: cause, location, start, confidence, first action, and the most important evidence. */
export function incidentCard(incident: IncidentFinding, { now, base, recoveringSince }: CardFrame): Html {
  return html`<article class="card bad" aria-labelledby="incident-${incident.id}">
    <h3 id="incident-${incident.id}">
      <a href="${base}${incidentPath(incident)}">${CAUSE_RECORDS[incident.cause].title}</a>
    </h3>
    <p>${CAUSE_RECORDS[incident.cause].meaning}</p>
    ${incidentFacts(incident, now, recoveringSince)} ${recoveringSince === null ? firstAction(incident) : null}
    ${evidenceTimeline(incident, 5)}
  </article>`;
}

/** Path below the URL prefix of the pages. */
export function incidentPath(incident: IncidentFinding): string {
  return `/incidents/${encodeURIComponent(incident.id)}`;
}

/** The first action, with the incident's values filled in. */
export function firstAction(incident: IncidentFinding): Html | null {
  const [step] = CAUSE_RECORDS[incident.cause].act;
  if (step === undefined) return null;
  const { text, command } = filledStep(step, incident);
  return html`<p class="first"><strong>First action:</strong> ${text}</p>
    ${command === null ? null : html`<pre><code>${command}</code></pre>`}`;
}

export function incidentFacts(incident: IncidentFinding, now: string, recoveringSince: string | null = null): Html {
  const facts: readonly (readonly [string, Html | string | number])[] = [
    ["Server", incident.server],
    ["App pool", incident.appPool],
    ["Since", instantAndAge(incident.start, now)],
    incident.end === null
      ? ["State", stateOf(incident, now, recoveringSince)]
      : ["Ended", html`${instant(incident.end)} <span class="soft">(after ${lengthOf(incident)})</span>`],
    ["Clients hit", number(incident.clients)],
    ["Refusals", number(incident.rejections)],
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

function stateOf(incident: IncidentFinding, now: string, recoveringSince: string | null): Html {
  if (recoveringSince === null) return html`<span class="badge bad">open for ${age(incident.start, now)}</span>`;
  return html`<span class="badge warn">recovering</span> nobody refused since ${instantAndAge(recoveringSince, now)}`;
}

/** Kinds of evidence, in order of importance for the cause. */
const BY_WEIGHT: readonly EvidenceKind[] = [
  "probe",
  "missing_key",
  "clock_offset",
  "recycle",
  "key_change",
  "oauth_event",
  "check",
  "auth_admin_event",
  "peers",
  "event",
  "component_state",
  "rejections",
  "recovery",
  "first_bearer",
  "clients",
];

/** The most important pieces of evidence; of each kind the newest. */
function weightiest(incident: IncidentFinding, most: number): readonly Evidence[] {
  return incident.evidence
    .toSorted(
      (one, other) => BY_WEIGHT.indexOf(one.kind) - BY_WEIGHT.indexOf(other.kind) || other.at.localeCompare(one.at),
    )
    .slice(0, most);
}

/** The evidence in order of time; if there is more than `most`, only the most important pieces. */
export function evidenceTimeline(incident: IncidentFinding, most = Infinity): Html {
  const shown = weightiest(incident, most).toSorted((one, other) => one.at.localeCompare(other.at));
  if (shown.length === 0) return html`<p class="none">No evidence yet.</p>`;
  return html`<ol class="timeline" aria-label="Evidence">
    ${shown.map(
      ({ at, text, source, place }) =>
        html`<li>
          ${instant(at)}${text}
          <span class="soft"
            >—
            ${source.replaceAll("_", " ")}${place === undefined ? null : html`, ${breakableCode(`${place.server}/${place.file}`)} at byte ${place.offset}`}</span
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
