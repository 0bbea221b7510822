import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import * as steps from "../steps.ts";

/** The front end accepts the tokens, but a back-end worker process refuses them. */
export const backendRejection: CauseRecord = {
  cause: "backend_rejection",
  title: "The back end refuses the tokens",
  meaning:
    "The front end takes the tokens and a back-end worker refuses them; that worker, maybe on another server, is the one at fault.",
  liesIn: "back_end",
  checks: [],
  claims: [
    {
      order: 10,
      when: "at least half of the proven refusals come from the back end, whatever their reason",
      holds: ({ proven, backEndRejections }) => proven > 0 && backEndRejections * 2 >= proven,
      base: 0.7,
      because: "the logs show which side refused",
      clues: [],
    },
  ],
  firstAction: "Look at the server that owns the mailbox: its pool refuses, the front end passes on",
  confirm: [
    {
      text: "Which server's back end answers, and since when its workers run",
      command: command("showWorkers"),
    },
    steps.SHOW_KEYS,
  ],
  act: [steps.REFRESH_KEYS, steps.SHOW_REFRESHED, steps.RESTART_POOL],
  inRunbook: {
    signs: "the back end refuses (categories with `-BE`)",
    remedy: "the fault is on the server with the mailbox: check its workers",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "deep",
};
