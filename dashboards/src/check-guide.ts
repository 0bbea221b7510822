import type { ValueMapping } from "@grafana/schema";
import { remedyLines } from "../../src/catalogue/commands.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { valueTexts } from "./field.ts";
import { COLOUR } from "./palette.ts";

/** What holds when the check passes, in place of its id. */
export const CHECK_TITLES: ValueMapping = valueTexts(
  Object.fromEntries(CHECKS.map((check) => [check.id, [check.title]] as const)),
);

/** The check's remedy in place of its id, for a cell of Markdown. */
export const CHECK_REMEDIES: ValueMapping = valueTexts(
  Object.fromEntries(CHECKS.map((check) => [check.id, [plain(oneLine(check.remedy))]] as const)),
);

/** A remedy in one cell: its lines in a row, notes without their `#`. */
function oneLine(remedy: string): string {
  return remedyLines(remedy)
    .map(({ text }) => text)
    .join("; ");
}

/** Text that Markdown shows as it is: `<server>` would be HTML, `*` emphasis. A backslash before a letter is one already. */
function plain(remedy: string): string {
  // Sample: Set-WebServicesVirtualDirectory '<server>\EWS (Default Web Site)' -OAuthAuthentication $true
  return remedy.replace(/[<*_`[\]#]/g, "\\$&");
}

/** Verdicts as numbers: those of `hma_config_compliant`, and 2 for what could not be told. */
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
