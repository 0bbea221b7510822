import type { Findings, IncidentFinding } from "../../model/finding.ts";
import type { WebStatus } from "../web-queries.ts";
import { complianceSection, exposureSection } from "./exposure-sections.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { number, plural } from "../../model/text/counted.ts";
import { recoveringSince } from "../../markup/recovery.ts";
import { silenceText } from "./freshness.ts";
import { incidentCard } from "../../markup/incident-card.ts";
import { newestFirst } from "./incidents-page.ts";
import { age, instant } from "../../markup/instants.ts";
import { latestFindings } from "./latest-findings.ts";
import { layout } from "./layout.ts";
import { probeSection } from "./probe-section.ts";
import { sourcesSection } from "./sources-section.ts";

export interface StatusView {
  readonly base: string;
  readonly status: WebStatus;
  readonly findings: Findings;
  readonly telemetryPath: string;
}

/** Front page: open incidents, exposure, probe, compliance, last findings and freshness of the logs. */
export function statusPage({ base, status, findings, telemetryPath }: StatusView): string {
  const open = openIncidents(findings);
  return layout({
    base,
    title: open.length > 0 ? `(${number(open.length)}) hma-exporter` : "hma-exporter",
    current: "status",
    main: html`<h1>Bearer authentication</h1>
      ${headline(open, openLoops(findings), status)}
      ${status.notices.map((notice) => html`<p class="warn">${notice}</p>`)}
      ${
        open.length === 0
          ? null
          : html`<h2>Open incidents</h2>
              ${open.map((incident) => incidentCard(incident.finding, { now: status.now, base, ...incident }))}`
      }
      ${exposureSection(status)} ${probeSection(status.probe, base, status.now)}
      ${status.compliance === null ? null : complianceSection(status.compliance, status.now)}
      <h2>Last findings</h2>
      ${latestFindings(findings, base)}
      <h2>Logs</h2>
      ${sourcesSection(status, base)}`,
    footer: html`<span>Version ${status.version}</span><span>${instant(status.now)}</span
      ><span>Running for ${age(status.startedAt, status.now)}</span> <a href="${base}${telemetryPath}">Metrics</a>
      <a href="${base}/sd">Targets</a> <a href="${base}/api/v1/servers">Servers as JSON</a>`,
  });
}

/** `recoveringSince`: time since which no client has been refused, ISO 8601; null while clients are refused. */
interface OpenIncident {
  readonly finding: IncidentFinding;
  readonly recoveringSince: string | null;
}

function openIncidents(findings: Findings): readonly OpenIncident[] {
  return newestFirst(findings.incidents.filter(({ end }) => end === null)).map((finding) => ({
    finding,
    recoveringSince: recoveringSince(finding, findings),
  }));
}

/** Number of clients in open loops. */
function openLoops({ loops }: Findings): number {
  return new Set(loops.filter(({ end }) => end === null).map(({ client }) => client)).size;
}

/** The most severe statement that applies. Missing knowledge is a warning, never "good". */
function headline(open: readonly OpenIncident[], loops: number, status: WebStatus): Html {
  const refusing = open.filter((incident) => incident.recoveringSince === null);
  const where = (some: readonly OpenIncident[]): string =>
    `${plural(some.length, "incident")} open on ${plural(new Set(some.map(({ finding }) => finding.server)).size, "server")}`;
  if (refusing.length > 0) return line("bad", `${where(refusing)}: clients are being refused again and again`);
  if (open.length > 0) return line("warn", `${where(open)}, recovering: no client is refused any more`);
  if (status.servers.length === 0) return line("warn", "No server is monitored");
  const silence = silenceText(status);
  if (silence !== null) return line("warn", silence);
  const isExposed = status.exposure.kind === "exposed";
  if (loops > 0)
    return line(
      "warn",
      `${plural(loops, "client")} ${loops === 1 ? "is" : "are"} being refused again and again: too few for an incident` +
        (isExposed ? ", and a new worker would refuse Bearer tokens now" : ""),
    );
  if (isExposed) return line("warn", "No client is being refused, but a new worker would refuse Bearer tokens now");
  return line("good", "No client is being refused again and again");
}

function line(mood: "good" | "warn" | "bad", text: string): Html {
  return html`<p id="headline" class="headline ${mood}">${text}</p>`;
}
