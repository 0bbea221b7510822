import type { Dashboard } from "@grafana/schema";
import type { Parameters } from "../../alerts/src/parameters.ts";
import { capacity } from "./capacity.ts";
import { compliance } from "./compliance.ts";
import { exporterHealth } from "./exporter-health.ts";
import { fleetOverview } from "./fleet-overview.ts";
import { incidents } from "./incidents.ts";
import { limitsOf } from "./limits.ts";
import { server } from "./server.ts";
import { forSite } from "./site.ts";

/** A dashboard and its file name. */
export interface BoardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** All dashboards of a site. */
export function boardFiles(parameters: Parameters): readonly BoardFile[] {
  const limits = limitsOf(parameters.thresholds);
  return [
    fleetOverview(limits),
    server(limits),
    incidents(),
    compliance(limits),
    capacity(limits),
    exporterHealth(limits),
  ].map((dashboard) => ({
    file: `${dashboard.uid ?? ""}.json`,
    dashboard: forSite(dashboard, parameters),
  }));
}

/** The JSON text of a dashboard's file. */
export function boardJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
