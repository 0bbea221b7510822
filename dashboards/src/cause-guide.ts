import type { ValueMapping } from "@grafana/schema";
import { command } from "../../src/catalogue/commands.ts";
import { CAUSES, type Cause } from "../../src/model/label-values.ts";
import { valueTexts } from "./field.ts";
import { CAUSE_COLOURS, COLOUR } from "./palette.ts";

/** What to do first, for each cause of an incident. */
export const FIRST_ACTIONS: Readonly<Record<Cause, string>> = {
  stale_keys_after_recycle: `${command("refreshKeys")}, then recycle the pool; drain the server first. It ends by itself 30 minutes after the first Bearer request`,
  stale_keys_everywhere: `${command("refreshKeys")}; recycle the pools one server at a time`,
  metadata_unreachable:
    "Let the server reach login.microsoftonline.com and login.windows.net (InternetWebProxy, firewall), then refresh",
  audience_mismatch:
    "Compare the host name that clients use with the SPNs in Entra ID; look for SSL offload at the load balancer",
  modern_auth_not_offered: `${command("modernAuthOn")}; check the default authorization endpoint`,
  clock_skew: `${command("resyncClock")} on the server; compare its clock with the domain's time source`,
  unknown_issuer: "Check IssuerIdentifier and Realm of Get-AuthServer; run the Hybrid Configuration Wizard again",
  unknown_user: "Compare the users' UPN and SMTP address with Entra ID; the server is well",
  backend_rejection: "Look at the server that owns the mailbox: its pool refuses, the front end passes on",
  oauth_configuration:
    "MSExchange OAuth 2001: the server could not read its configuration from AD; check its domain controllers",
  junk_tokens: "Look at the addresses before the load balancer; nobody who ever had access is hit",
  unexplained: "Open the incident's page of the exporter for its evidence; do not recycle on suspicion",
};

/** The first action in place of the cause. */
export const ACTION_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [FIRST_ACTIONS[cause]] as const])),
);

/** The cause as it is, in its colour. */
export const CAUSE_TEXTS: ValueMapping = valueTexts(
  Object.fromEntries(CAUSES.map((cause) => [cause, [cause, CAUSE_COLOURS[cause]] as const])),
);

/** Numbers of causes, as `causeNumbers()` gives them; 0 is none. */
export const CAUSE_NUMBER_TEXTS: ValueMapping = valueTexts({
  0: ["no incident", "transparent"],
  ...Object.fromEntries(CAUSES.map((cause, index) => [String(index + 1), [cause, CAUSE_COLOURS[cause]] as const])),
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
