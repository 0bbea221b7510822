import type { ValueMapping } from "@grafana/schema";
import { CAUSE_RECORDS } from "../../src/causes/records/index.ts";
import { CAUSES, type Cause } from "../../src/model/label-values.ts";
import { valueTexts } from "./field.ts";
import { CAUSE_COLOURS, COLOUR } from "./palette.ts";

/** What to do first, for each cause of an incident. */
export function firstActionOf(cause: Cause): string {
  return CAUSE_RECORDS[cause].firstAction;
}

/** The first action in place of the cause. */
export const ACTION_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [firstActionOf(cause)] as const])),
);

/** The cause as it is, in its colour. */
export const CAUSE_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [cause, CAUSE_COLOURS[cause] ?? COLOUR.unknown] as const])),
);

/** Numbers of causes, as `causeNumbers()` gives them; 0 is none. */
export const CAUSE_NUMBER_TEXTS: ValueMapping = valueTexts({
  0: ["no incident", "transparent"],
  ...Object.fromEntries(
    CAUSES.map((cause, index) => [String(index + 1), [cause, CAUSE_COLOURS[cause] ?? COLOUR.unknown] as const]),
  ),
});

/** One series for each set of `labels`, whose value is the number of the open incident's cause: what a state timeline can draw. */
export function causeNumbers(labels: string, incidentOpen: (matchers: string) => string): string {
  const open = CAUSES.map(
    (cause, index) => `max by (${labels}) (${incidentOpen(`cause="${cause}"`)} == 1) * ${index + 1}`,
  );
  return [...open, `max by (${labels}) (${incidentOpen("")}) * 0`].join(" or ");
}

/** States of a worker that decide whether it can be refusing tokens for want of a key. */
export const WORKER_PHASES: ValueMapping = valueTexts({
  0: ["settled", "transparent"],
  1: ["first 30 minutes after its first Bearer request", COLOUR.warn],
  2: ["new, no Bearer request yet", COLOUR.calm],
});
