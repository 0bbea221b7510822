import { CAUSE_RECORDS } from "../../causes/records/index.ts";
import type { Findings, LoopFinding, RecycleFinding } from "../../model/finding.ts";
import { html } from "../../markup/html.ts";
import type { Html, HtmlPart } from "../../markup/html.ts";
import { incidentPath } from "../../markup/incident-card.ts";
import { instant } from "../../markup/instants.ts";
import { plural } from "../../model/text/counted.ts";
import { table } from "../../markup/table.ts";

const MAX_SHOWN = 25;

interface Entry {
  readonly at: string;
  readonly what: HtmlPart;
  readonly where: string;
}

/** Incidents, recycles, key changes, and loops that belong to no incident; newest first. */
export function latestFindings(findings: Findings, base: string): Html {
  const entries: readonly Entry[] = [
    ...findings.incidents.map((incident) => ({
      at: incident.start,
      what: html`<a href="${base}${incidentPath(incident)}">Incident: ${CAUSE_RECORDS[incident.cause].title}</a>,
        ${plural(incident.clients, "client")}, ${incident.end === null ? "open" : "ended"}`,
      where: `${incident.server}, ${incident.appPool}`,
    })),
    ...findings.loops
      .filter((loop) => !isPartOfIncident(loop, findings))
      .map((loop) => ({
        at: loop.start,
        what: `Loop of one client: ${plural(loop.rejections, "refusal")}, ${loop.category}, ${loop.outcome ?? "open"}`,
        where: `${loop.server}, ${loop.appPool}`,
      })),
    ...recycleEntries(findings.recycles),
    ...findings.keyChanges.map((change) => ({
      at: change.at,
      what: `Key change: ${words(change.kind)}`,
      where: "organisation",
    })),
  ];
  if (entries.length === 0) return html`<p class="none">Nothing yet.</p>`;
  const latest = entries.toSorted((one, other) => other.at.localeCompare(one.at)).slice(0, MAX_SHOWN);
  return table(
    "Last findings",
    [{ title: "Time" }, { title: "What" }, { title: "Where" }],
    latest.map(({ at, what, where }) => [instant(at), what, where]),
  );
}

/** One entry for all workers of a server that were replaced in the same second for the same reason, for example by an IIS reset. */
function recycleEntries(recycles: readonly RecycleFinding[]): readonly Entry[] {
  const together = Map.groupBy(recycles, ({ server, at, reason }) => `${server} ${at.slice(0, 19)} ${reason}`);
  return [...together.values()].flatMap((group) => {
    const [recycle] = group;
    if (recycle === undefined) return [];
    const { at, server, appPool, reason } = recycle;
    const isOne = group.length === 1;
    return {
      at,
      what: `${isOne ? "Worker" : "Workers"} replaced: ${words(reason)}`,
      where: `${server}, ${isOne ? appPool : plural(group.length, "app pool")}`,
    };
  });
}

function isPartOfIncident(loop: LoopFinding, { incidents }: Findings): boolean {
  return incidents.some(
    ({ server, appPool, start, end }) =>
      server === loop.server && appPool === loop.appPool && loop.start >= start && (end === null || loop.start <= end),
  );
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}
