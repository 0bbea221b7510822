import type { Dashboard } from "@grafana/schema";
import { capacity } from "./capacity.ts";
import { compliance } from "./compliance.ts";
import { exporterHealth } from "./exporter-health.ts";
import { fleetOverview } from "./fleet-overview.ts";
import { incidents } from "./incidents.ts";
import { server } from "./server.ts";

/** A board and the file that holds it. */
export interface BoardFile {
  readonly file: string;
  readonly dashboard: Dashboard;
}

/** All boards, built. */
export function boardFiles(): readonly BoardFile[] {
  return [fleetOverview(), server(), incidents(), compliance(), capacity(), exporterHealth()].map((dashboard) => ({
    file: `${dashboard.uid ?? ""}.json`,
    dashboard,
  }));
}

/** A board as its file holds it. */
export function boardJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
