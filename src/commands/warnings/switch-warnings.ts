import { COLLECTORS, WITHOUT_COLLECTOR, type CollectorName } from "../../catalogue/switches.ts";
import { USERS_OF_COLLECTOR, USERS_OF_GROUP, type MetricUsers } from "../../catalogue/written/metric-users.ts";
import { enabledCollectors } from "../../collectors/enabled-collectors.ts";
import type { Config } from "../../config/config-schema.ts";

/** What shipped alerts and dashboards lose because metric groups and collectors are switched off, one sentence per group and collector. */
export function switchWarnings(config: Config): readonly string[] {
  const groups = config.metrics.disabled.flatMap((group) => {
    const users = usersText(USERS_OF_GROUP[group]);
    return users === "" ? [] : [`metrics.disabled: without ${group}, ${users}`];
  });
  const collectors = missedCollectors(config).map((name) => {
    const users = usersText(USERS_OF_COLLECTOR[name]);
    return `${keyOf(config, name)}: without ${name}, ${WITHOUT_COLLECTOR[name]}${users === "" ? "" : `; ${users}`}`;
  });
  return [...groups, ...collectors];
}

/** Collectors that are switched off and would otherwise run. With a farm, only the keys are collected, and snapshots may come as files. */
function missedCollectors(config: Config): readonly CollectorName[] {
  const enabled = enabledCollectors(config);
  const wouldRun = (name: CollectorName): boolean =>
    name === "keys" || (config.farm === null && (name !== "snapshot" || config.snapshots === null));
  return COLLECTORS.filter((name) => !enabled.has(name) && wouldRun(name));
}

/** The configuration key that switched it off. */
function keyOf({ collectors }: Config, name: CollectorName): string {
  if (!collectors.enabled.includes(name)) return "collectors.enabled";
  return name === "keys" ? "keys.enabled" : "collect.enabled";
}

function usersText({ alerts, panels }: MetricUsers): string {
  const boards = Object.entries(panels).map(
    ([board, titles]) => `${board} (${titles.map((title) => `"${title}"`).join(", ")})`,
  );
  return [
    ...(alerts.length === 0 ? [] : [`these alerts cannot fire as they should: ${alerts.join(", ")}`]),
    ...(boards.length === 0 ? [] : [`these panels are empty, at least in part: ${boards.join(", ")}`]),
  ].join("; ");
}
