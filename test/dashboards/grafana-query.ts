import { createRequire } from "node:module";
import type { Dashboard, Panel } from "@grafana/schema";
import type { rangeUtil } from "@grafana/data";
import { queryInstant, queryRange, type Answered } from "./prometheus.ts";
import type { Target } from "./board-files.ts";

/** Its ESM build does not load in Node. */
const data = createRequire(import.meta.url)("@grafana/data") as { rangeUtil: typeof rangeUtil };

/** Time range and variables with which a dashboard is viewed. Seconds. */
export interface Look {
  readonly from: number;
  readonly to: number;
  readonly instance: string;
}

/** Scrape interval in the settings of Grafana's data source, seconds. */
const SCRAPE_SECONDS = 15;
const MAX_DATA_POINTS = 1000;

/** The dashboard's initial view: its own time range, ending at `to`. */
export function openingLook(board: Dashboard, to: number, instance: string): Look {
  return { from: to - seconds((board.time?.from ?? "now-6h").replace("now-", "")), to, instance };
}

/** Runs a query like Grafana's Prometheus data source, with its variables replaced. Values of `$__` variables follow Grafana's rules. */
export async function runTarget(
  url: string,
  { panel, target }: { readonly panel: Panel; readonly target: Target },
  look: Look,
): Promise<readonly Answered[]> {
  const step = stepOf(panel, target, look);
  const expr = interpolated(target.expr, step, look);
  if (target.instant) return queryInstant(url, expr, look.to);
  // Grafana aligns a range to multiples of its step.
  return queryRange(url, expr, {
    from: Math.floor(look.from / step) * step,
    to: Math.floor(look.to / step) * step,
    step,
  });
}

/** Step of a panel's query, seconds: the range divided by the number of points, rounded like Grafana, and not below the panel's minimum. */
export function stepOf(panel: Panel, target: Target, look: Look): number {
  const least = target.interval ?? panel.interval;
  const calculated = calculateInterval(look, least);
  return Math.max(calculated, least === undefined ? 1 : seconds(least));
}

function calculateInterval(look: Look, least: string | undefined): number {
  const moment = (at: number) => ({ valueOf: () => at * 1000 });
  const range = { from: moment(look.from), to: moment(look.to), raw: { from: "", to: "" } };
  return data.rangeUtil.calculateInterval(range as never, MAX_DATA_POINTS, least).intervalMs / 1000;
}

/** The query with all variables replaced. */
export function interpolated(expr: string, step: number, look: Look): string {
  const rate = Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS);
  return (
    expr
      .replaceAll("$__rate_interval", `${Math.ceil(rate)}s`)
      .replaceAll("$__interval", `${Math.ceil(step)}s`)
      // Sample: [$__range:1m]
      .replace(/\$__range\b/g, `${Math.round(look.to - look.from)}s`)
      // Sample: job=~"$job"
      .replace(/\$job\b/g, ".+")
      // Sample: instance=~"|$instance"
      .replace(/\$instance\b/g, look.instance)
  );
}

/** Seconds of `30d`, `6h`, `5m`, `15s`. */
function seconds(duration: string): number {
  // Sample: 30d
  const parts = /^(\d+)([smhdw])$/.exec(duration);
  if (parts === null) throw new Error(`Cannot read the duration '${duration}': it is none`);
  return Number(parts[1]) * { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[parts[2] as "s" | "m" | "h" | "d" | "w"];
}
