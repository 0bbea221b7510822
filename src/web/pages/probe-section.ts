import { html, type Html } from "../../markup/html.ts";
import { age, instant, instantAndAge } from "../../markup/instants.ts";
import { number, plural } from "../../model/text/counted.ts";
import { table } from "../../markup/table.ts";
import type { ProbeRow } from "../web-queries.ts";

/** Maximum number of failed probe results on the status page. A server's page shows all results of the server. */
const MAX_SHOWN = 20;

/** Probe results of all servers: totals, and each result that is not good. Null if no probe is configured (`rows` is null). */
export function probeSection(rows: readonly ProbeRow[] | null, base: string, now: string): Html | null {
  if (rows === null) return null;
  const heading = html`<h2 id="probe">Probe</h2>`;
  if (rows.length === 0) return html`${heading}<p class="none">No server has answered the probe yet.</p>`;
  const bad = rows.filter((row) => !row.isGood);
  const servers = new Set(rows.map(({ server }) => server)).size;
  const total = html`<p>
    ${badge(bad.length === 0)} ${number(rows.length - bad.length)} of ${plural(rows.length, "result")} from
    ${plural(servers, "server")} ${rows.length - bad.length === 1 ? "is" : "are"} good.
  </p>`;
  if (bad.length === 0) return html`${heading}${total}`;
  const rest = bad.length - MAX_SHOWN;
  return html`${heading}${total} ${probeTable(bad.slice(0, MAX_SHOWN), { now, base })}
    ${rest > 0 ? html`<p class="soft">and ${number(rest)} more, on the pages of their servers</p>` : null}`;
}

export interface ProbeTableOptions {
  readonly now: string;
  /** Base of links to the servers' pages; undefined if all rows belong to one server. */
  readonly base?: string;
}

/** One row per virtual directory and kind of probe. */
export function probeTable(rows: readonly ProbeRow[], { now, base }: ProbeTableOptions): Html {
  const columns = [
    ...(base === undefined ? [] : [{ title: "Server" }]),
    { title: "Protocol" },
    { title: "Probe" },
    { title: "Verdict" },
    { title: "Status", isNumber: true as const },
    { title: "Why" },
    { title: "Token's key in AD" },
    { title: "Since" },
    { title: "Last probed" },
  ];
  return table(
    "Last results of the probe",
    columns,
    rows.map((row) => [
      ...(base === undefined ? [] : [html`<a href="${base}${serverPath(row.server)}">${row.server}</a>`]),
      row.protocol,
      row.probe,
      html`<span class="badge ${row.isGood ? "good" : "bad"}">${row.verdict}</span>`,
      row.status ?? "–",
      html`${row.why}${row.lastFailure === null ? null : lastFailureText(row.lastFailure, now)}`,
      row.tokenKey === null ? "–" : keyText(row.tokenKey),
      instant(row.since),
      html`${age(row.at, now)} ago`,
    ]),
  );
}

/** Path of a server's page below the base of the pages. */
export function serverPath(server: string): string {
  return `/servers/${encodeURIComponent(server)}`;
}

function lastFailureText({ verdict, why, at }: NonNullable<ProbeRow["lastFailure"]>, now: string): Html {
  return html` <span class="soft">(last failure ${instantAndAge(at, now)}: ${verdict}, ${why})</span>`;
}

/** States whether a worker that loads its keys now would accept the probe's token. */
function keyText(key: NonNullable<ProbeRow["tokenKey"]>): string {
  if (key === "held") return "held: a new worker accepts it";
  return key === "missing" ? "missing: a new worker refuses it" : key;
}

function badge(isGood: boolean): Html {
  return isGood ? html`<span class="badge good">good</span>` : html`<span class="badge bad">not good</span>`;
}
