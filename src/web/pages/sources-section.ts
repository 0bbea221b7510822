import { LOG_SOURCES } from "../../model/logs/log-sources.ts";
import type { WebStatus } from "../web-queries.ts";
import { serverPath } from "./probe-section.ts";
import { freshnessOf, type Freshness } from "./freshness.ts";
import { html } from "../../markup/html.ts";
import type { Html } from "../../markup/html.ts";
import { age, instant, roughly } from "../../markup/instants.ts";
import { table } from "../../markup/table.ts";

/** With more servers than this, the logs of each server are folded at first. */
const MAX_UNFOLDED = 4;

/** Logs of each server and their freshness, with links to the servers' pages below `base`; no links if `base` is null. */
export function sourcesSection(status: WebStatus, base: string | null = null): Html {
  if (status.servers.length === 0) return html`<p class="none">No server has been found. ${status.watched}</p>`;
  const unfolded = status.servers.length <= MAX_UNFOLDED;
  return html`<p class="soft">${status.watched}</p>
    <div class="folds">
      ${freshnessOf(status.servers, status.now).map((fresh) => serverFold(fresh, status.now, { unfolded, base }))}
    </div>`;
}

interface FoldOptions {
  readonly unfolded: boolean;
  readonly base: string | null;
}

function serverFold({ server, newestAt, isStale }: Freshness, now: string, { unfolded, base }: FoldOptions): Html {
  const columns = [
    { title: "Log" },
    { title: "Newest row" },
    { title: "Age" },
    { title: "Read delay" },
    { title: "Files", isNumber: true },
    { title: "Unreadable lines", isNumber: true },
  ] as const;
  const rows = server.sources.map((source) => [
    LOG_SOURCES[source.format].title,
    source.lastEventAt === null ? "none yet" : instant(source.lastEventAt),
    source.lastEventAt === null ? "–" : age(source.lastEventAt, now),
    source.lagSeconds === null ? "–" : roughly(source.lagSeconds * 1000),
    source.files,
    source.unreadableLines,
  ]);
  return html`<details id="server-${server.name}" ${unfolded ? html` open` : null}>
    <summary>
      ${server.name}
      <span class="${isStale ? "badge warn" : "soft"}">${newestAt === null ? "no request yet" : `newest request ${age(newestAt, now)} ago`}</span>
    </summary>
    ${base === null ? null : html`<p><a href="${base}${serverPath(server.name)}">Details of ${server.name}</a></p>`}
    ${rows.length === 0 ? html`<p class="none">No log has been found.</p>` : table(`Logs of ${server.name}`, columns, rows)}
  </details> `;
}
