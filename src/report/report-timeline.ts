import type { Findings, KeyChangeFinding } from "../model/finding.ts";
import { CAUSE_RECORDS } from "../causes/records/index.ts";
import { html, type Html, type HtmlPart } from "../markup/html.ts";
import { roughly } from "../markup/instants.ts";
import { number, plural } from "../model/text/counted.ts";
import { peaksOf, totalOf, usersOf, type Peak } from "./report-peaks.ts";
import { lengthSeconds, type Report } from "./report-model.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/durations.ts";

interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sliceMs: number;
  readonly slices: number;
  /** Start of the axis, right of the server names. */
  readonly left: number;
  readonly width: number;
}

const MAX_SLICES = 330;
/** Possible lengths of a slice; they divide hours and days. ms */
const SLICES_MS = [1, 2, 5, 10, 15, 30]
  .map((minutes) => minutes * MINUTE_MS)
  .concat([1, 2, 3, 6, 12, 24, 168].map((hours) => hours * HOUR_MS));

const MARGIN = 8;
const WIDTH = 1_000;
/** Maximum width of a letter at a height of 14 units. Names longer than `MAX_LETTERS` are cut; the `<title>` has the full name. */
const LETTER = 9.5;
const MAX_LETTERS = 20;
/** With more servers than this, the timeline shows only servers with something to draw. */
const MAX_QUIET = 8;
const LANE = 118;
const BARS = 58;
const TOP = 26;
/** Maximum number of marks per lane, so that they stay distinguishable. */
const MAX_MARKS = 400;

/**
 * Timeline of all servers on one axis: refusals per minute, incidents, recycles, and key changes across all lanes. Null if no row was read.
 */
export function timeline(report: Report): Html | null {
  const { findings, history } = report;
  if (findings.from === null || findings.to === null) return null;
  const axis = axisOf(findings, Date.parse(findings.from), Date.parse(findings.to));
  const refusals = new Map(findings.servers.map((server) => [server, peaksOf(history, server, axis)]));
  const servers = drawnServers(report, refusals);
  const quiet = findings.servers.length - servers.length;
  const all = [...refusals.values()].flat();
  const ofUsers = Math.max(...all.map(usersOf), 0);
  const highest = Math.max(1, ofUsers > 0 ? ofUsers : Math.max(...all.map(totalOf)));
  const height = TOP + servers.length * LANE + 8;
  return html`<ul class="legend">
      ${legendOf(report).map(([name, mark]) => html`<li>${mark}${name}</li>`)}
    </ul>
    <div class="chart" tabindex="0" role="region" aria-label="Drawing of the timeline">
      <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${summaryText(report, axis)}">
        ${ticks(axis, height)} ${keyLines(findings, axis, height)}
        ${servers.map((server, index) => lane(report, server, { axis, top: TOP + index * LANE, highest, peaks: refusals.get(server) ?? [] }))}
      </svg>
    </div>
    <p class="soft">
      Each bar is the busiest minute of ${roughly(axis.sliceMs)}; the highest means
      ${plural(highest, "refusal")} in a minute.
      ${quiet === 0 ? null : `${plural(quiet, "server")} without a refusal, an incident or a recycle ${quiet === 1 ? "is" : "are"} left out.`}
    </p>`;
}

/** All servers of a small farm. For a larger farm, only servers with something to draw, or the first server if there is none. */
function drawnServers(
  { findings, backtest }: Report,
  refusals: ReadonlyMap<string, readonly Peak[]>,
): readonly string[] {
  if (findings.servers.length <= MAX_QUIET) return findings.servers;
  const alerts = (backtest?.alerts ?? []).filter(({ severity }) => severity === "critical");
  const marked = new Set([...findings.incidents, ...findings.recycles, ...alerts].map(({ server }) => server));
  const drawn = findings.servers.filter(
    (server) => marked.has(server) || refusals.get(server)?.some((peak) => totalOf(peak) > 0) === true,
  );
  return drawn.length === 0 ? findings.servers.slice(0, 1) : drawn;
}

const mark = (inner: Html): Html => html`<svg viewBox="0 0 16 16" aria-hidden="true">${inner}</svg>`;
const BAR = (name: string): Html =>
  mark(
    html`<rect class="${name}" x="1" y="6" width="4" height="10" /><rect
        class="${name}"
        x="6"
        y="2"
        width="4"
        height="14"
      /><rect class="${name}" x="11" y="9" width="4" height="7" />`,
  );

function legendOf({ notes, backtest, findings, summary }: Report): readonly (readonly [string, Html])[] {
  return [
    ["refused per minute", BAR("refusal")],
    ...((notes.requests["suspected"] ?? 0) === 0
      ? []
      : [["suspected per minute (401 0 0, and no log shows why)", BAR("suspected")] as const]),
    ...(summary.strangers.loops === 0
      ? []
      : [["strangers refused per minute (cut at the top of the scale)", BAR("stranger")] as const]),
    ["incident", mark(html`<rect class="incident" x="0" y="5" width="16" height="7" rx="2" />`)],
    ...(backtest === null
      ? []
      : [["critical alert", mark(html`<rect class="alert" x="0" y="7" width="16" height="3" />`)] as const]),
    ["recycle", mark(html`<path class="recycle" d="M8 2 L15 14 L1 14 Z" />`)],
    ...(findings.keyChanges.some(isPublished)
      ? [
          [
            "keys published by Entra ID",
            mark(
              html`<line class="key" x1="8" y1="4" x2="8" y2="16" /><circle class="keyMark" cx="8" cy="4" r="3.5" />`,
            ),
          ] as const,
        ]
      : []),
    ...(findings.keyChanges.some((change) => !isPublished(change))
      ? [
          [
            "keys in AD or auth certificate changed",
            mark(
              html`<line class="key" x1="8" y1="4" x2="8" y2="16" /><circle
                  class="keyMark hollow"
                  cx="8"
                  cy="4"
                  r="3.5"
                />`,
            ),
          ] as const,
        ]
      : []),
  ];
}

function isPublished({ kind }: KeyChangeFinding): boolean {
  return kind === "entra_keys_published";
}

function axisOf({ servers }: Findings, fromMs: number, toMs: number): Axis {
  const sliceMs = SLICES_MS.find((one) => (toMs - fromMs) / one <= MAX_SLICES) ?? 168 * HOUR_MS;
  const first = Math.floor(fromMs / sliceMs) * sliceMs;
  const slices = Math.max(1, Math.ceil((toMs - first) / sliceMs));
  const letters = Math.max(...servers.map((server) => shortName(server).length), 0);
  const left = 2 * MARGIN + letters * LETTER;
  return { fromMs: first, toMs: first + slices * sliceMs, sliceMs, slices, left, width: WIDTH - MARGIN - left };
}

function x(axis: Axis, atMs: number): number {
  const within = Math.min(Math.max(atMs, axis.fromMs), axis.toMs);
  return axis.left + ((within - axis.fromMs) / (axis.toMs - axis.fromMs)) * axis.width;
}

function shortName(server: string): string {
  return server.length <= MAX_LETTERS ? server : `${server.slice(0, MAX_LETTERS - 1)}…`;
}

interface Lane {
  readonly axis: Axis;
  readonly top: number;
  readonly highest: number;
  readonly peaks: readonly Peak[];
}

const BAR_CLASS = {
  rejected: "refusal",
  suspected: "suspected",
  strangers: "stranger",
} as const satisfies Readonly<Record<keyof Peak, string>>;

function lane({ findings, backtest }: Report, server: string, { axis, top, highest, peaks }: Lane): Html {
  const base = top + 24 + BARS;
  const wide = axis.width / axis.slices;
  const bar = (slice: number, name: string, { bottom, high }: { bottom: number; high: number }): Html =>
    html`<rect
      class="${name}"
      x="${fixed(axis.left + slice * wide)}"
      y="${fixed(bottom - high)}"
      width="${fixed(Math.max(1, wide - (wide > 3 ? 1 : 0)))}"
      height="${fixed(high)}"
    />`;
  const bars = peaks.flatMap((peak, slice) => {
    if (totalOf(peak) === 0) return [];
    let bottom = base;
    return (["rejected", "suspected", "strangers"] as const).flatMap((part) => {
      const left = BARS - (base - bottom);
      const high = peak[part] === 0 ? 0 : Math.min(left, Math.max(1.5, (peak[part] / highest) * BARS));
      if (high === 0) return [];
      const drawn = bar(slice, BAR_CLASS[part], { bottom, high });
      bottom -= high;
      return drawn;
    });
  });
  const alerts = (backtest?.alerts ?? [])
    .filter((alert) => alert.server === server && alert.severity === "critical")
    .slice(0, MAX_MARKS)
    .map((alert) => {
      const from = x(axis, Date.parse(alert.start));
      const to = x(axis, Date.parse(alert.start) + alert.durationSeconds * 1000);
      return html`<rect
        class="alert"
        x="${fixed(from)}"
        y="${base + 14}"
        width="${fixed(Math.max(3, to - from))}"
        height="3"
        ><title>${clock(alert.start)} ${alert.alert}, ${roughly(alert.durationSeconds * 1000)}</title></rect
      >`;
    });
  const incidents = findings.incidents
    .filter((incident) => incident.server === server)
    .slice(0, MAX_MARKS)
    .map((incident) => {
      const from = x(axis, Date.parse(incident.start));
      const to = x(axis, Date.parse(incident.end ?? findings.to ?? incident.start));
      const length = roughly(Math.round(lengthSeconds(incident, findings.to)) * 1000);
      return html`<rect
        class="incident"
        x="${fixed(from)}"
        y="${base + 4}"
        width="${fixed(Math.max(3, to - from))}"
        height="8"
        rx="2"
        ><title>
          ${clock(incident.start)} ${incident.appPool}: ${CAUSE_RECORDS[incident.cause].title}, ${length},
          ${plural(incident.clients, "client")}
        </title></rect
      >`;
    });
  const recycles = recycleMarks(findings, server, axis).map(({ atMs, text }) => {
    const at = x(axis, atMs);
    return html`<path class="recycle" d="M${fixed(at)} ${base + 19} l5 9 h-10 Z"><title>${text}</title></path>`;
  });
  return html`<g
    ><text class="name" x="${MARGIN}" y="${base}">${shortName(server)}${shortName(server) === server ? null : html`<title>${server}</title>`}</text>
    <line
      class="base"
      x1="${fixed(axis.left)}"
      y1="${base}"
      x2="${WIDTH - MARGIN}"
      y2="${base}"
    />${bars}${incidents}${alerts}${recycles}</g
  > `;
}

/** Recycles at the same position of the axis share one mark. */
function recycleMarks(
  { recycles }: Findings,
  server: string,
  axis: Axis,
): readonly { readonly atMs: number; readonly text: string }[] {
  const marks = new Map<number, { atMs: number; texts: string[] }>();
  for (const recycle of recycles) {
    if (recycle.server !== server) continue;
    const atMs = Date.parse(recycle.at);
    const mark = Math.round(x(axis, atMs) / 4);
    const known = marks.get(mark) ?? { atMs, texts: [] };
    marks.set(mark, known);
    known.texts.push(`${clock(recycle.at)} ${recycle.appPool} (${recycle.reason.replaceAll("_", " ")})`);
  }
  return [...marks.values()].slice(0, MAX_MARKS).map(({ atMs, texts }) => ({
    atMs,
    text: texts.length > 6 ? `${texts.slice(0, 5).join(", ")} and ${number(texts.length - 5)} more` : texts.join(", "),
  }));
}

function keyLines({ keyChanges }: Findings, axis: Axis, height: number): HtmlPart {
  return keyChanges
    .slice(0, MAX_MARKS)
    .filter(({ at }) => Date.parse(at) >= axis.fromMs && Date.parse(at) <= axis.toMs)
    .map((change) => {
      const { kind, at } = change;
      const mark = fixed(x(axis, Date.parse(at)));
      return html`<g
        ><title>${clock(at)} ${kind.replaceAll("_", " ")}</title
        ><line class="key" x1="${mark}" y1="${TOP}" x2="${mark}" y2="${height}" /><circle
          class="keyMark${isPublished(change) ? null : " hollow"}"
          cx="${mark}"
          cy="${TOP}"
          r="3.5"
      /></g>`;
    });
}

const TICKS_MS = [
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  28 * DAY_MS,
];
const MAX_TICKS = 12;

function ticks(axis: Axis, height: number): HtmlPart {
  const stepMs = TICKS_MS.find((one) => (axis.toMs - axis.fromMs) / one <= MAX_TICKS) ?? 91 * DAY_MS;
  const marks: Html[] = [];
  for (let atMs = Math.ceil(axis.fromMs / stepMs) * stepMs; atMs <= axis.toMs; atMs += stepMs) {
    const mark = x(axis, atMs);
    const anchor = mark > WIDTH - 30 ? "end" : "middle";
    marks.push(
      html`<line class="grid" x1="${fixed(mark)}" y1="${TOP - 6}" x2="${fixed(mark)}" y2="${height}" /><text
          x="${fixed(mark)}"
          y="14"
          text-anchor="${anchor}"
          >${tickText(atMs, stepMs)}</text
        >`,
    );
  }
  return marks;
}

function tickText(atMs: number, stepMs: number): string {
  const iso = new Date(atMs).toISOString();
  const isDay = atMs % DAY_MS === 0;
  return stepMs >= DAY_MS || isDay
    ? `${iso.slice(8, 10)} ${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ""}`
    : iso.slice(11, 16);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function summaryText({ summary, findings }: Report, axis: Axis): string {
  return [
    `Timeline of ${plural(findings.servers.length, "server")} over ${roughly(axis.toMs - axis.fromMs)}`,
    `: ${plural(summary.incidents, "incident")}, ${plural(summary.refusals, "refusal")}, ${plural(summary.recycles, "recycle")}, `,
    `${plural(summary.keyChanges, "key change")}. The tables below contain the same.`,
  ].join("");
}

/** `22 Nov 08:03` */
export function clock(iso: string): string {
  return `${iso.slice(8, 10)} ${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ""} ${iso.slice(11, 16)}`;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
