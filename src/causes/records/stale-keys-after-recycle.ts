import { command } from "../../catalogue/commands.ts";
import type { CauseContext } from "../cause-context.ts";
import type { CauseRecord, Clue } from "../cause-record.ts";
import { KEY_CLUES, lacksKey } from "../key-clues.ts";
import { areStrangers, isRefusedFor, isSuspected, ranBefore, recycleBefore, refusingPeers } from "../situation.ts";
import * as steps from "../steps.ts";
import {
  BACK_FROM_MAINTENANCE,
  EXPIRED_CERTIFICATE,
  FIRST_BEARER,
  HEALTHY_PEERS,
  NEW_WORKER,
} from "../worker-clues.ts";

const CLUES: readonly Clue[] = [
  NEW_WORKER,
  FIRST_BEARER,
  ...KEY_CLUES,
  HEALTHY_PEERS,
  BACK_FROM_MAINTENANCE,
  EXPIRED_CERTIFICATE,
];

/**
 * True when the worker process was new when it began to refuse, unless it had accepted tokens before the keys changed
 * for all workers.
 */
function wasNew(context: CauseContext): boolean {
  const recycle = recycleBefore(context);
  return recycle !== null && !ranBefore(context, recycle);
}

/** A new worker process read keys from AD that the issuer had already replaced: the fault of KB 4559435. */
export const staleKeysAfterRecycle: CauseRecord = {
  cause: "stale_keys_after_recycle",
  title: "Stale signing keys after a recycle",
  meaning:
    "A new worker process read signing keys from AD that Entra ID (or AD FS, where that signs users' tokens) " +
    "has replaced since. It refuses Bearer tokens until it fetches the published keys by itself, at most 30 " +
    "minutes after its first token (KB 4559435).",
  liesIn: "server",
  checks: ["auth_admin_read_session", "auth_admin_runs"],
  claims: [
    {
      order: 40,
      when:
        "tokens are refused for `invalid_signature`, and the worker was replaced shortly before, or had accepted " +
        "no token since. If other servers refuse at the same time, each of their workers must have been replaced " +
        "shortly before too (rolling maintenance)",
      holds: (context) => isRefusedFor(context, "invalid_signature") && wasNew(context),
      base: 0.4,
      because: "the reason fits, but several faults cause it",
      clues: CLUES,
    },
    {
      order: 60,
      when: "tokens are refused for `invalid_signature`, there is no sign that other servers refuse too, and no log would show a recycle",
      holds: (context) => isRefusedFor(context, "invalid_signature") && !context.recyclesAreVisible,
      base: 0.4,
      because: "when a single pool of a single server refuses, it is mostly a new worker, which no log here would show",
      clues: CLUES,
    },
    {
      order: 80,
      when: "tokens are refused for `invalid_signature` on this server alone, no recycle was seen, and a key is proven to be missing in AD",
      holds: (context) => isRefusedFor(context, "invalid_signature") && lacksKey(context),
      base: 0.4,
      because: "the missing key explains the refusals, and only a new worker does not have it yet",
      clues: CLUES,
    },
    {
      order: 98,
      when: "a log proves refusals without a known reason, after a recycle",
      holds: (context) => isRefusedFor(context, "unknown") && recycleBefore(context) !== null,
      base: 0.2,
      because: "the reason may be any",
      clues: CLUES,
    },
    {
      order: 130,
      when: "no log proves a refusal, the worker was replaced shortly before, and the refused clients are not strangers",
      holds: (context) => isSuspected(context) && recycleBefore(context) !== null && !areStrangers(context),
      base: 0.1,
      because: "nothing proves that a token was refused, so the confidence comes from the recycle and the keys",
      clues: CLUES,
    },
    {
      order: 142,
      when: "no log proves a refusal, no recycle was seen, and a key is proven to be missing in AD; the refused clients are not strangers",
      holds: (context) =>
        isSuspected(context) && refusingPeers(context).length === 0 && lacksKey(context) && !areStrangers(context),
      base: 0.1,
      because: "nothing proves that a token was refused, so the confidence comes from the missing key",
      clues: KEY_CLUES,
    },
  ],
  firstAction:
    `${command("refreshKeys")}, then recycle the pool; drain the server first. It ends by itself 30 minutes ` +
    "after the first Bearer request",
  confirm: [
    steps.SHOW_KEYS,
    steps.SHOW_FLAG,
    {
      text: "Has the worker found the new keys by itself (event 2008)",
      command: command("showOAuthEvents"),
    },
    steps.CHECK_CERTIFICATE,
  ],
  act: [
    steps.REFRESH_KEYS,
    steps.REFRESH_ADFS,
    steps.SHOW_REFRESHED,
    steps.RESTART_POOL,
    steps.SET_FLAG,
    steps.RUN_AUTH_ADMIN,
  ],
  inRunbook: {
    signs: "invalid_signature, new worker, a key missing in AD, other servers healthy",
    remedy:
      "above; then [HmaReadSessionOff](HmaReadSessionOff.md) and " +
      "[HmaAuthAdminNotRunning](HmaAuthAdminNotRunning.md), so that the incident does not return",
  },
  runbook: "HmaStaleKeysAfterRecycle",
  colour: "bad",
};
