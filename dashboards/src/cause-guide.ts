import type { ValueMapping } from "@grafana/schema";
import { CAUSE_RECORDS } from "../../src/causes/records/index.ts";
import { CAUSES, type Cause } from "../../src/model/label-values.ts";
import { valueTexts } from "./field.ts";
import { CAUSE_COLOURS, COLOUR } from "./palette.ts";

/** First action for each cause of an incident. */
export function firstActionOf(cause: Cause): string {
  return CAUSE_RECORDS[cause].firstAction;
}

/** Shows the first action instead of the cause. */
export const ACTION_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [firstActionOf(cause)] as const])),
);

/** Shows the cause in its colour. */
export const CAUSE_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [cause, CAUSE_COLOURS[cause] ?? COLOUR.unknown] as const])),
);

/** Texts for the numbers of `causeNumbers()`; 0 means no incident. */
export const CAUSE_NUMBER_TEXTS: ValueMapping = valueTexts({
  0: ["no incident", "transparent"],
  ...Object.fromEntries(
    CAUSES.map((cause, index) => [String(index + 1), [cause, CAUSE_COLOURS[cause] ?? COLOUR.unknown] as const]),
  ),
});

/** One series per set of `labels`, whose value is the number of the open incident's cause: input for a state timeline. */
export function causeNumbers(labels: string, incidentOpen: (matchers: string) => string): string {
  const open = CAUSES.map(
    (cause, index) => `max by (${labels}) (${incidentOpen(`cause="${cause}"`)} == 1) * ${index + 1}`,
  );
  return [...open, `max by (${labels}) (${incidentOpen("")}) * 0`].join(" or ");
}

/** States of a worker that determine whether it can refuse tokens because of a missing key. */
export const WORKER_PHASES: ValueMapping = valueTexts({
  0: ["settled", "transparent"],
  1: ["first 30 minutes after its first Bearer request", COLOUR.warn],
  2: ["new, no Bearer request yet", COLOUR.calm],
});
