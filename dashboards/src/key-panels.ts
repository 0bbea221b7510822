import { command } from "../../src/catalogue/commands.ts";
import type { Panel } from "@grafana/schema";
import { colouredNames, nothingText, thresholds, valueTexts } from "./field.ts";
import { COLOUR } from "./palette.ts";
import { organisation, type SeriesName } from "./series.ts";
import { stat } from "./stat.ts";
import { timeSeries } from "./time-series.ts";

/** Selector for series of the organisation: `series` on dashboards where the user selects the exporter. */
type Select = (name: SeriesName) => string;

/** Shows whether a new worker would refuse tokens. */
export function exposedStat(select: Select = organisation): Panel {
  return stat({
    title: "Exposed",
    description:
      "EXPOSED: Entra ID publishes a signing key that AD does not have, so every worker that starts now will " +
      `refuse Bearer tokens for up to 30 minutes. Do not recycle; run ${command("refreshKeys")}. Unknown: the ` +
      "keys could not be compared.",
    unit: "none",
    noValue: "unknown",
    mappings: [valueTexts({ 0: ["no", COLOUR.good], 1: ["EXPOSED", COLOUR.bad] }), nothingText("unknown")],
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [1, COLOUR.bad]),
    queries: [{ expr: `max(${select("hma_exposed")})` }],
  });
}

/** Number of published, trusted and missing keys over time. */
export function keysOverTime(select: Select = organisation): Panel {
  return timeSeries({
    title: "Signing keys of Entra ID",
    description:
      "Keys that Entra ID publishes, keys in the AuthServer object in AD, and published keys that AD lacks. " +
      "Missing above 0: exposed. A gap: the keys could not be read.",
    unit: "none",
    decimals: 0,
    min: 0,
    draw: "steps",
    overrides: colouredNames({ published: COLOUR.deep, trusted: COLOUR.good, missing: COLOUR.bad }),
    queries: [{ expr: `max by (state) (${select("hma_signing_keys")})`, legend: "{{state}}" }],
  });
}
