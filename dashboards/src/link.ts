import type { DashboardLink } from "@grafana/schema";

/** A link on a value. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

/** The boards, by the uid that links and alerts name. */
export const BOARDS = {
  fleet: { uid: "hma-fleet", title: "HMA / Fleet overview" },
  server: { uid: "hma-server", title: "HMA / Server" },
  incidents: { uid: "hma-incidents", title: "HMA / Incidents" },
  compliance: { uid: "hma-compliance", title: "HMA / Config compliance" },
  capacity: { uid: "hma-capacity", title: "HMA / Capacity review" },
  exporter: { uid: "hma-exporter", title: "HMA / Exporter health" },
} as const;
export type BoardName = keyof typeof BOARDS;

export const TAG = "hma-exporter";

const CHOICES = "${datasource:queryparam}&${job:queryparam}";

/** To the Server board for the server that the cell names, at the same time. */
export const TO_SERVER: DataLink = serverLink("${__value.raw}", "${__url_time_range}");

/** To the Server board for the server that the cell names, from the instant (ms) in another column on. */
export function toServerFrom(column: string): DataLink {
  return serverLink("${__value.raw}", `from=\${__data.fields["${column}"].numeric}&to=now`);
}

/** To another board with the same choices, at the same time. */
export function toBoard(board: BoardName): DataLink {
  return {
    title: BOARDS[board].title,
    url: `/d/${BOARDS[board].uid}?${CHOICES}&\${instance:queryparam}&\${__url_time_range}`,
    targetBlank: false,
  };
}

/** To a page of the documentation. Where it stands is told by the rules (`hma:links:info`), by way of the variable `runbooks`. */
export function toPage(title: string, page: string): DataLink {
  return { title, url: `\${runbooks:raw}/../${page}`, targetBlank: true };
}

/** To the runbook of the alert that the cell names. */
export const TO_RUNBOOK: DataLink = { title: "Runbook", url: "${runbooks:raw}/${__value.raw}.md", targetBlank: true };

function serverLink(instance: string, time: string): DataLink {
  return {
    title: "Open the server",
    url: `/d/${BOARDS.server.uid}?${CHOICES}&var-instance=${instance}&${time}`,
    targetBlank: false,
  };
}

/** The other boards, in the head of each: they keep the time and the variables. */
export const BETWEEN_BOARDS: DashboardLink = {
  type: "dashboards",
  title: "Boards",
  tags: [TAG],
  asDropdown: false,
  keepTime: true,
  includeVars: true,
  targetBlank: false,
  icon: "external link",
  tooltip: "",
};
