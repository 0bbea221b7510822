import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { isSuspected } from "../situation.ts";
import * as steps from "../steps.ts";
import { HEALTHY_PEERS, weighing } from "../worker-clues.ts";

/** The evidence so far does not support any cause. */
export const unexplained: CauseRecord = {
  cause: "unexplained",
  title: "No cause found yet",
  meaning: "Clients are refused again and again, and the evidence so far carries no cause.",
  liesIn: "unknown",
  checks: [],
  claims: [
    {
      order: 900,
      when: "a log proves refusals, and no row above holds",
      holds: (context) => !isSuspected(context),
      base: 0.2,
      because: "it is certain that tokens are refused, but the reason is unknown",
      clues: [weighing(HEALTHY_PEERS, 0, "shows where the fault is, not what it is")],
    },
    {
      order: 901,
      when: "no log proves a refusal, and no row above holds",
      holds: () => true,
      base: 0.1,
      because: "clients are not served, but it is not certain that they sent a token",
      clues: [],
    },
  ],
  firstAction: "Open the incident's page of the exporter for its evidence; do not recycle on suspicion",
  confirm: [
    steps.SHOW_KEYS,
    steps.SHOW_FLAG,
    {
      text: "Compare with the other servers, and look for events of MSExchange OAuth",
      command: command("showOAuthEvents"),
    },
    { text: "And of AuthAdmin", command: command("showAuthAdminEvents") },
  ],
  act: [steps.REFRESH_KEYS, steps.SHOW_REFRESHED, steps.RESTART_POOL],
  inRunbook: {
    signs: "the evidence is not sufficient for a cause",
    remedy: "what changed on this server in the last hour? [Events](README.md#read-the-events), updates, load balancer",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "unknown",
};
