import type { IncidentFinding } from "../model/finding.ts";
import { html, type Html } from "../markup/html.ts";
import { number, plural } from "../model/text/counted.ts";
import { BOUND_SECONDS, lengthSeconds } from "./report-model.ts";

const STEP_SECONDS = 300;
const COLUMNS = 13;
const WIDTH = 640;
const HEIGHT = 190;
const BASE = 150;
const LEFT = 10;
const COLUMN = (WIDTH - 2 * LEFT) / COLUMNS;

/**
 * Histogram of incident lengths in columns of five minutes, with a line at the 30 minutes within which a worker loads new keys by itself.
 */
export function lengthsChart(incidents: readonly IncidentFinding[], to: string | null): Html {
  const counts = new Array<number>(COLUMNS).fill(0);
  for (const incident of incidents) {
    const column = Math.min(COLUMNS - 1, Math.floor(lengthSeconds(incident, to) / STEP_SECONDS));
    counts[column] = (counts[column] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const bound = LEFT + (BOUND_SECONDS / STEP_SECONDS) * COLUMN;
  const columns = counts.map((count, index) => {
    const high = (count / most) * (BASE - 40);
    const left = LEFT + index * COLUMN;
    const name = index === COLUMNS - 1 ? "more than 60" : `${index * 5} to ${index * 5 + 5}`;
    const bar =
      count === 0
        ? null
        : html`<rect
              class="${index * STEP_SECONDS >= BOUND_SECONDS ? "over" : "bar"}"
              x="${round(left + 3)}"
              y="${round(BASE - high)}"
              width="${round(COLUMN - 6)}"
              height="${round(high)}"
              rx="2"
              ><title>${plural(count, "incident")} of ${name} minutes</title></rect
            ><text x="${round(left + COLUMN / 2)}" y="${round(BASE - high - 5)}" text-anchor="middle">${number(count)}</text>`;
    return html`${bar}<text x="${round(left)}" y="${BASE + 17}" text-anchor="middle"
        >${index === 0 ? "" : index * 5}</text
      >`;
  });
  const words = counts
    .map((count, index) =>
      count === 0
        ? ""
        : `${number(count)} of ${index === COLUMNS - 1 ? "more than 60" : `${index * 5} to ${index * 5 + 5}`} minutes`,
    )
    .filter((text) => text !== "")
    .join(", ");
  return html`<div class="chart small" tabindex="0" role="region" aria-label="Drawing of the lengths">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Lengths of incidents: ${words}">
      <line class="base" x1="${LEFT}" y1="${BASE}" x2="${WIDTH - LEFT}" y2="${BASE}" />
      ${columns}
      <line class="bound" x1="${round(bound)}" y1="16" x2="${round(bound)}" y2="${BASE}" />
      <text class="bound" x="${round(bound + 6)}" y="24">30 minutes</text>
      <text x="${WIDTH - LEFT}" y="${BASE + 34}" text-anchor="end">minutes from first to last rejection</text>
    </svg>
  </div>`;
}

/** Bar of a length; the 30 minutes are in the middle. Hidden from screen readers, because the number is next to it. */
export function lengthBar(seconds: number): Html {
  const percent = Math.min(100, Math.round((seconds / BOUND_SECONDS) * 50));
  return html`<span class="length${seconds > BOUND_SECONDS ? " over" : ""}" aria-hidden="true"
    ><i style="width:${percent}%"></i><b></b
  ></span>`;
}

/** Bar of a share of the largest value, at most 5 rem wide. Hidden from screen readers. */
export function shareBar(value: number, largest: number): Html {
  return html`<span
    class="share"
    aria-hidden="true"
    style="width:${round(largest === 0 ? 0 : (value / largest) * 5)}rem"
  ></span>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
