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

/** A board and the file that holds it. */
export interface BoardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** All boards of a site, built. */
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

/** A board as its file holds it. */
export function boardJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
