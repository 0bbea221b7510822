import { createRequire } from "node:module";
import type { getValueFormats } from "@grafana/data";

/** Grafana's own list of units. Its library is read as CommonJS: its ESM build does not load in Node. */
const data = createRequire(import.meta.url)("@grafana/data") as { getValueFormats: typeof getValueFormats };

const UNITS = new Set(data.getValueFormats().flatMap((category) => category.submenu ?? []).map((unit) => String(unit.value)));

/** Whether Grafana has a unit of that id. */
export function isKnownUnit(unit: string): boolean {
  return UNITS.has(unit);
}
