import type { CauseContext } from "../cause-context.ts";
import { plural } from "../../model/text/counted.ts";
import type { CauseRecord, Clue } from "../cause-record.ts";
import { evidenceOf } from "../evidence.ts";
import { areStrangers, isExcerpt, isRefusedFor } from "../situation.ts";
import { weighing } from "../worker-clues.ts";

const NEVER_SERVED: Clue = {
  what: "none of the refused clients is ever served, while the same worker accepted tokens of other clients (HttpProxy, IIS)",
  weight: 0.3,
  because: "a fault of the server would also affect clients that had been served before",
  find: (context) => {
    const doubt = isExcerpt(context) ? "; the logs begin less than an hour before" : "";
    const text =
      `none of the ${plural(context.clients, "client")} is ever served in these logs, and the same worker ` +
      `accepted Bearer tokens of others meanwhile${doubt}`;
    return [evidenceOf(context.startMs, "clients", { text, source: "correlation" })];
  },
};

function isJunk(context: CauseContext): boolean {
  return isRefusedFor(context, "invalid_signature", "invalid_token") && areStrangers(context);
}

/** Somebody without access sends tokens; Exchange is right to refuse them. */
export const junkTokens: CauseRecord = {
  cause: "junk_tokens",
  title: "Junk tokens",
  meaning:
    "Somebody sends tokens that were never valid; no client of these is ever let in. Exchange is right to refuse them.",
  liesIn: "strangers",
  checks: [],
  claims: [
    {
      order: 30,
      when:
        "tokens are refused for `invalid_signature` or `invalid_token`, none of these clients is ever served, and " +
        "the same worker accepted tokens of other clients",
      holds: (context) => isJunk(context) && !isExcerpt(context),
      base: 0.4,
      because: "the reason fits, but several faults cause it",
      clues: [NEVER_SERVED],
    },
    {
      order: 31,
      when: "the same, but the logs begin less than an hour before the incident",
      holds: (context) => isJunk(context) && isExcerpt(context),
      base: 0.1,
      because: "it is unknown who was served before the logs begin",
      clues: [weighing(NEVER_SERVED, 0.15, "an hour without success may be chance")],
    },
  ],
  firstAction: "Look at the addresses before the load balancer; nobody who ever had access is hit",
  confirm: [
    { text: "Do clients with good tokens work meanwhile: look at the successes of the same app pool", command: null },
  ],
  act: [{ text: "Block the senders at the firewall or the reverse proxy", command: null }],
  inRunbook: {
    signs: "refused addresses from which no token was ever accepted",
    remedy: "[HmaBearerLoopIncidentMinor](HmaBearerLoopIncidentMinor.md); the server is healthy",
  },
  runbook: "HmaBearerLoopIncidentMinor",
  colour: "dim",
};
