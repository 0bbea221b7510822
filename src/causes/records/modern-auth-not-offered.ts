import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { isShown, outsideClues } from "../outside-clues.ts";
import { isRefusedFor, isSuspected, probed } from "../situation.ts";
import * as steps from "../steps.ts";

const CLUES = outsideClues("modern_auth_not_offered");

/** The server does not accept Bearer tokens for this domain, or does not say where to get one. */
export const modernAuthNotOffered: CauseRecord = {
  cause: "modern_auth_not_offered",
  title: "Modern authentication is switched off or half on",
  meaning: "The server does not take Bearer tokens for this domain, or does not tell clients where to get one.",
  liesIn: "organisation",
  checks: ["modern_auth_enabled", "default_authorization_endpoint", "evosts_domain"],
  claims: [
    {
      order: 91,
      when: "requests are answered with `oauth_not_available` (4000000)",
      holds: (context) => isRefusedFor(context, "oauth_not_available"),
      base: 0.7,
      because: "the answer names the fault",
      clues: CLUES,
    },
    {
      order: 120,
      when:
        "no log proves a refusal, and the answers to the probe show that the server accepts no tokens or does not " +
        "say where to get one; no probe was refused for its token's signature",
      holds: (context) =>
        isSuspected(context) &&
        probed(context, "modern_auth_not_offered").length > 0 &&
        probed(context, "stale_keys_after_recycle").length === 0,
      base: 0.1,
      because: "no log shows the answers to the clients, so the confidence comes from the probe",
      clues: CLUES,
    },
    {
      order: 150,
      when: "no log proves a refusal, and a configuration check that is evidence for this cause fails",
      holds: (context) => isSuspected(context) && isShown(context, CLUES),
      base: 0.1,
      because: "no log shows the answers to the clients, so the confidence comes from the checks",
      clues: CLUES,
    },
  ],
  firstAction: `${command("modernAuthOn")}; check the default authorization endpoint`,
  confirm: [steps.SHOW_FLAG, steps.SHOW_KEYS],
  act: [
    { text: "Switch hybrid modern authentication on", command: command("modernAuthOn") },
    { text: "Name exactly one default authorization endpoint", command: command("defaultEndpointOn") },
  ],
  inRunbook: {
    signs: "oauth_not_available (4000000), or challenges without `authorization_uri`",
    remedy: "checks `modern_auth_enabled`, `default_authorization_endpoint`, `evosts_domain`",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "bright",
};
