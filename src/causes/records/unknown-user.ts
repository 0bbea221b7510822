import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { isRefusedFor } from "../situation.ts";

/** The tokens are valid, but Exchange finds no mailbox for their user. */
export const unknownUser: CauseRecord = {
  cause: "unknown_user",
  title: "Users unknown to Exchange",
  meaning: "The tokens are good, and Exchange finds no mailbox for the user they name.",
  liesIn: "users",
  checks: [],
  claims: [
    {
      order: 94,
      when: "tokens are refused for `invalid_user`",
      holds: (context) => isRefusedFor(context, "invalid_user"),
      base: 0.7,
      because: "the reason names the fault",
      clues: [],
    },
  ],
  firstAction: "Compare the users' UPN and SMTP address with Entra ID; the server is well",
  confirm: [
    {
      text: "Do user principal name and mail address agree, and is the user synchronised",
      command: command("showUser"),
    },
  ],
  act: [{ text: "Correct the user in the directory and let it synchronise", command: null }],
  inRunbook: {
    signs: "invalid_user for single accounts, other clients are served",
    remedy: "[HmaBearerLoopIncidentMinor](HmaBearerLoopIncidentMinor.md)",
  },
  runbook: "HmaBearerLoopIncidentMinor",
  colour: "calm",
};
