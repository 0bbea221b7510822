import type { Findings } from "../../model/finding.ts";
import type { WebStatus } from "../web-port.ts";
import { complianceSection, exposureSection } from "./exposure-sections.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { incidentCard } from "../../markup/incident-card.ts";
import { newestFirst } from "./incidents-page.ts";
import { age, instant } from "../../markup/instants.ts";
import { latestFindings } from "./latest-findings.ts";
import { layout } from "./layout.ts";
import { sourcesSection } from "./sources-section.ts";

export interface StatusView {
  readonly base: string;
  readonly status: WebStatus;
  readonly findings: Findings;
  readonly telemetryPath: string;
}

/** The front page: is anybody being refused now, what comes next, and how fresh the knowledge is. */
export function statusPage({ base, status, findings, telemetryPath }: StatusView): string {
  const open = newestFirst(findings.incidents.filter(({ end }) => end === null));
  return layout({
    base,
    title: open.length > 0 ? `(${open.length}) hma-exporter` : "hma-exporter",
    current: "status",
    main: html`<h1>Bearer authentication</h1>
      ${headline(open.length, new Set(open.map(({ server }) => server)).size, status)}
      ${status.notices.map((notice) => html`<p class="warn">${notice}</p>`)}
      ${
        open.length === 0
          ? null
          : html`<h2>Open incidents</h2>
              ${open.map((incident) => incidentCard(incident, status.now, base))}`
      }
      ${exposureSection(status.exposure, status.now)}
      ${status.compliance === null ? null : complianceSection(status.compliance)}
      <h2>Last findings</h2>
      ${latestFindings(findings, base)}
      <h2>Logs</h2>
      ${sourcesSection(status)}`,
    footer: html`<span>Version ${status.version}</span><span>${instant(status.now)}</span
      ><span>Running for ${age(status.startedAt, status.now)}</span> <a href="${base}${telemetryPath}">Metrics</a>
      <a href="${base}/sd">Targets</a> <a href="${base}/api/v1/servers">Servers as JSON</a>`,
  });
}

function headline(open: number, servers: number, status: WebStatus): Html {
  if (open > 0)
    return line(
      "bad",
      `${count(open, "incident")} open on ${count(servers, "server")}: clients are being refused again and again`,
    );
  if (status.exposure.kind === "exposed")
    return line("warn", "Nobody is being refused, but a new worker would refuse Bearer tokens now");
  if (!status.servers.some(({ sources }) => sources.some(({ lastEventAt }) => lastEventAt !== null)))
    return line("warn", "No log row has been read yet");
  return line("good", "No client is being refused again and again");
}

function line(mood: "good" | "warn" | "bad", text: string): Html {
  return html`<p id="headline" class="headline ${mood}">${text}</p>`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
