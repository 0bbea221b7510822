import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { CLOCK_OFF, isShown } from "../outside-clues.ts";
import { isRefusedFor, isSuspected } from "../situation.ts";

/** A clock is wrong, so valid tokens look expired or not yet valid. */
export const clockSkew: CauseRecord = {
  cause: "clock_skew",
  title: "The clock is wrong",
  meaning: "Tokens look expired or not yet valid, because the server's clock differs from that of the issuer.",
  liesIn: "server",
  checks: ["clock"],
  claims: [
    {
      order: 92,
      when: "tokens are refused for `token_expired`",
      holds: (context) => isRefusedFor(context, "token_expired"),
      base: 0.5,
      because: "only a wrong clock makes the tokens of many clients look expired, but it may be that of the clients",
      clues: [CLOCK_OFF],
    },
    {
      order: 160,
      when: "no log proves a refusal, and the server's clock is off by five minutes or more",
      holds: (context) => isSuspected(context) && isShown(context, [CLOCK_OFF]),
      base: 0.1,
      because: "nothing proves that a token was refused, so the confidence comes from the measured clock",
      clues: [CLOCK_OFF],
    },
  ],
  firstAction: `${command("resyncClock")} on the server; compare its clock with the domain's time source`,
  confirm: [{ text: "How far is the clock off", command: command("compareClock") }],
  act: [{ text: "Synchronise the clock", command: command("resyncClock") }],
  inRunbook: {
    signs: "token_expired on one server",
    remedy: "`w32tm /query /status`, `w32tm /resync` on the server",
  },
  runbook: "HmaBearerLoopIncident",
  colour: "calm",
};
