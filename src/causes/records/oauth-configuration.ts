import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { CONFIGURATION_UNREAD, isShown, outsideClues } from "../outside-clues.ts";
import { isRefusedFor } from "../situation.ts";
import { RESTART_POOL } from "../steps.ts";

const CLUES = [...outsideClues("oauth_configuration"), CONFIGURATION_UNREAD];

/** Exchange cannot read its authorization settings or certificates. */
export const oauthConfiguration: CauseRecord = {
  cause: "oauth_configuration",
  title: "Exchange cannot load its OAuth configuration",
  meaning:
    "Requests with a Bearer token fail because the server cannot read its authorization settings or certificates.",
  liesIn: "server",
  checks: ["partner_application", "auth_certificate"],
  claims: [
    {
      order: 95,
      when: "tokens are refused for `internal_error`",
      holds: (context) => isRefusedFor(context, "internal_error"),
      base: 0.6,
      because: "the server reports a fault of its own, but not which one",
      clues: CLUES,
    },
    {
      order: 96,
      when: "tokens are refused for `invalid_client`",
      holds: (context) => isRefusedFor(context, "invalid_client"),
      base: 0.5,
      because: "an application is unknown or not allowed, which is as often the application's fault",
      clues: CLUES,
    },
    {
      order: 97,
      when:
        "tokens are refused for `invalid_grant` or without a known reason, and a check or an event says that the " +
        "configuration cannot be read",
      holds: (context) => isRefusedFor(context, "invalid_grant", "unknown") && isShown(context, CLUES),
      base: 0.4,
      because: "the reason is not specific, so the confidence comes from the checks and events",
      clues: CLUES,
    },
  ],
  firstAction:
    "MSExchange OAuth 2001: the server could not read its configuration from AD; check its domain controllers",
  confirm: [
    {
      text: "Is the auth certificate there with its private key",
      command: command("showAuthCertificateHere"),
    },
    { text: "What do the workers say", command: command("showOAuthEvents") },
  ],
  act: [
    {
      text:
        "Check that domain controllers answer. The auth certificate, where it is missing here, is imported, and " +
        "replaced only where it has expired",
      command: command("importAuthCertificate"),
    },
    RESTART_POOL,
  ],
  inRunbook: {
    signs: "500s and MSExchange OAuth 2001 or 2005: the worker could not load its configuration",
    remedy: "reachability of domain controllers; then recycle the pool",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "good",
};
