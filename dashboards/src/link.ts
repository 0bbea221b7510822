import type { DashboardLink } from "@grafana/schema";

/** A data link on a value. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
  readonly targetBlank: boolean;
}

/** The dashboards with the uids that links and alerts use. */
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

/** Link to the dashboard Server for the server in the cell, with the same time range. */
export const TO_SERVER: DataLink = serverLink("${__value.raw}", "${__url_time_range}");

/** Link to the dashboard Server for the server in the cell, from the time (ms) in another column on. */
export function toServerFrom(column: string): DataLink {
  return serverLink("${__value.raw}", `from=\${__data.fields["${column}"].numeric}&to=now`);
}

/** Link to another dashboard with the same variables and time range. */
export function toBoard(board: BoardName): DataLink {
  return {
    title: BOARDS[board].title,
    url: `/d/${BOARDS[board].uid}?${CHOICES}&\${instance:queryparam}&\${__url_time_range}`,
    targetBlank: false,
  };
}

/** Link to a page of the documentation. The rules record its base address (`hma:links:info`); the variable `runbooks` contains it. */
export function toPage(title: string, page: string): DataLink {
  return { title, url: `\${runbooks:raw}/../${page}`, targetBlank: true };
}

/** Link to the runbook of the alert in the cell. */
export const TO_RUNBOOK: DataLink = { title: "Runbook", url: "${runbooks:raw}/${__value.raw}.md", targetBlank: true };

function serverLink(instance: string, time: string): DataLink {
  return {
    title: "Open the server",
    url: `/d/${BOARDS.server.uid}?${CHOICES}&var-instance=${instance}&${time}`,
    targetBlank: false,
  };
}

/** Links to the other dashboards in the header of each; they keep the time range and the variables. */
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
