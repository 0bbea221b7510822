import type { CauseRecord } from "../cause-record.ts";
import { outsideClues } from "../outside-clues.ts";
import { isRefusedFor } from "../situation.ts";
import { SHOW_TRUSTED } from "../steps.ts";

/** The tokens come from an issuer or tenant that is in no AuthServer object. */
export const unknownIssuer: CauseRecord = {
  cause: "unknown_issuer",
  title: "The issuer of the tokens is not trusted",
  meaning:
    "The tokens come from a tenant that no AuthServer object names, often after the hybrid configuration wizard ran.",
  liesIn: "organisation",
  checks: ["evosts_present", "evosts_issuer"],
  claims: [
    {
      order: 93,
      when: "tokens are refused for `invalid_tenant` or `invalid_issuer`",
      holds: (context) => isRefusedFor(context, "invalid_tenant", "invalid_issuer"),
      base: 0.7,
      because: "the reason names the fault",
      clues: outsideClues("unknown_issuer"),
    },
  ],
  firstAction: "Check IssuerIdentifier and Realm of Get-AuthServer; run the Hybrid Configuration Wizard again",
  confirm: [SHOW_TRUSTED],
  act: [{ text: "Run the hybrid configuration wizard again for the right tenant", command: null }],
  inRunbook: {
    signs: "invalid_issuer or invalid_tenant since a change",
    remedy: "the AuthServer object was overwritten: `Get-AuthServer`, run the Hybrid Configuration Wizard",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "good",
};
