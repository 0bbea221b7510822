import type { Findings } from "../../model/finding.ts";
import { html, type Html } from "../../markup/html.ts";
import { incidentCard } from "../../markup/incident-card.ts";
import { instant } from "../../markup/instants.ts";
import { recoveringSince } from "../../markup/recovery.ts";
import { table } from "../../markup/table.ts";
import type { GateVerdict, WebStatus } from "../web-queries.ts";
import { newestFirst } from "./incidents-page.ts";
import { latestFindings } from "./latest-findings.ts";
import { layout } from "./layout.ts";
import { shellText } from "./row-commands.ts";
import { probeTable } from "./probe-section.ts";
import { sourcesSection } from "./sources-section.ts";

export interface ServerView {
  readonly base: string;
  readonly server: string;
  readonly status: WebStatus;
  readonly findings: Findings;
  /** Answers of the load-balancer gate, by protocol. */
  readonly gates: readonly (readonly [string, GateVerdict])[];
}

/** Page of one server: open incidents, probe results, answers of the load-balancer gate, and logs. */
export function serverPage({ base, server, status, findings, gates }: ServerView): string {
  const own = <T extends { readonly server: string }>(list: readonly T[]): readonly T[] =>
    list.filter((one) => one.server === server);
  const open = newestFirst(own(findings.incidents).filter(({ end }) => end === null));
  const rows = status.probe === null ? null : own(status.probe);
  return layout({
    base,
    title: `${server} – hma-exporter`,
    current: "status",
    main: html`<h1 id="headline">${server}</h1>
      <h2>Open incidents</h2>
      ${
        open.length === 0
          ? html`<p>No incident is open on this server.</p>`
          : open.map((incident) =>
              incidentCard(incident, { now: status.now, base, recoveringSince: recoveringSince(incident, findings) }),
            )
      }
      <h2>Probe</h2>
      ${probed(rows, status.now)}
      <h2>Load balancer</h2>
      ${gateTable(gates)}
      <h2>Planned work</h2>
      <p>
        A server in maintenance mode does not page once a snapshot shows the mode. Without snapshots, or until the next
        one, silence its alerts:
      </p>
      <pre><code>${silenceCommand(server)}</code></pre>
      <h2>Last findings</h2>
      ${latestFindings(
        {
          ...findings,
          incidents: own(findings.incidents),
          loops: own(findings.loops),
          recycles: own(findings.recycles),
        },
        base,
      )}
      <h2>Logs</h2>
      ${sourcesSection({ ...status, servers: status.servers.filter(({ name }) => name === server) })}`,
    footer: html`<span>${instant(status.now)}</span>`,
  });
}

/** Command for `amtool` of Alertmanager. The server's name is the `instance` label of its target. */
function silenceCommand(server: string): string {
  const value = server.replaceAll(/["\\]/g, String.raw`\$&`);
  return `amtool silence add ${shellText(`instance="${value}"`)} 'alertname=~"Hma.+"' --duration=2h --comment="planned work"`;
}

function probed(rows: WebStatus["probe"], now: string): Html {
  if (rows === null) return html`<p class="none">No probe is configured.</p>`;
  if (rows.length === 0)
    return html`<p class="none">This server has not been probed yet, or the probe is not configured for it.</p>`;
  return probeTable(rows, { now });
}

function gateTable(gates: ServerView["gates"]): Html {
  return table(
    "Answers to the load balancer",
    [{ title: "Protocol" }, { title: "Accepts traffic" }, { title: "Why" }],
    gates.map(([protocol, { accepts, because }]) => [
      protocol,
      html`<span class="badge ${accepts ? "good" : "bad"}">${accepts ? "yes" : "no"}</span>`,
      because,
    ]),
  );
}
