import type { ValueMapping } from "@grafana/schema";
import { remedyLines } from "../../src/catalogue/commands.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { valueTexts } from "./field.ts";
import { COLOUR } from "./palette.ts";

/** Shows the title of a check instead of its id. */
export const CHECK_TITLES: ValueMapping = valueTexts(
  Object.fromEntries(CHECKS.map((check) => [check.id, [check.title]] as const)),
);

/** Shows the remedy of a check instead of its id, for a Markdown cell. */
export const CHECK_REMEDIES: ValueMapping = valueTexts(
  Object.fromEntries(CHECKS.map((check) => [check.id, [plain(oneLine(check.remedy))]] as const)),
);

/** A remedy on one line; notes without their `#`. */
function oneLine(remedy: string): string {
  return remedyLines(remedy)
    .map(({ text }) => text)
    .join("; ");
}

/** Escapes Markdown and HTML: `<server>` would be HTML, `*` emphasis. A backslash before a letter needs no escape. */
function plain(remedy: string): string {
  // Sample: Set-WebServicesVirtualDirectory '<server>\EWS (Default Web Site)' -OAuthAuthentication $true
  return remedy.replace(/[<*_`[\]#]/g, "\\$&");
}

/** Texts for verdicts as numbers: the values of `hma_config_compliant`, and 2 for unknown. */
export const VERDICTS: ValueMapping = valueTexts({
  0: ["FAIL", COLOUR.bad],
  1: ["pass", COLOUR.good],
  2: ["unknown", COLOUR.unknown],
});

export const SEVERITY_TEXTS: ValueMapping = valueTexts({
  critical: ["critical", COLOUR.bad],
  warning: ["warning", COLOUR.warn],
  info: ["info", COLOUR.calm],
});
