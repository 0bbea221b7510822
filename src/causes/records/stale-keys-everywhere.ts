import { command } from "../../catalogue/commands.ts";
import type { CauseRecord, Clue } from "../cause-record.ts";
import { KEY_CLUES, lacksKey } from "../key-clues.ts";
import { areStrangers, isRefusedFor, isSuspected, publishedBefore, refusingPeers } from "../situation.ts";
import * as steps from "../steps.ts";
import { REFUSING_PEERS } from "../worker-clues.ts";

const CLUES: readonly Clue[] = [...KEY_CLUES, REFUSING_PEERS];

/**
 * The issuer replaced its keys while worker processes ran; all of them refuse tokens until each has fetched the new
 * keys.
 */
export const staleKeysEverywhere: CauseRecord = {
  cause: "stale_keys_everywhere",
  title: "Signing keys rolled over, no recycle",
  meaning:
    "Entra ID (or AD FS, where that signs users' tokens) published other signing keys, and workers on every " +
    "server refuse tokens signed with them until each has fetched the new set.",
  liesIn: "organisation",
  checks: [],
  claims: [
    {
      order: 50,
      when:
        "tokens are refused for `invalid_signature`, and the same pool on other servers or another pool on this " +
        "one refuses at the same time, or the published keys changed within the day before",
      holds: (context) =>
        isRefusedFor(context, "invalid_signature") &&
        (refusingPeers(context).length > 0 || context.otherPoolsRefuse || publishedBefore(context)),
      base: 0.4,
      because: "the reason is right, and a recycle of one worker does not explain it",
      clues: CLUES,
    },
    {
      order: 70,
      when:
        "tokens are refused for `invalid_signature`, no recycle was seen although a log would show it, and there " +
        "is no other server to compare with",
      holds: (context) => isRefusedFor(context, "invalid_signature") && context.peers.length === 0,
      base: 0.4,
      because: "the worker ran before, so its keys became stale while it ran",
      clues: CLUES,
    },
    {
      order: 140,
      when:
        "no log proves a refusal, a key is proven to be missing in AD, and other servers refuse at the same time; " +
        "the refused clients are not strangers",
      holds: (context) =>
        isSuspected(context) && refusingPeers(context).length > 0 && lacksKey(context) && !areStrangers(context),
      base: 0.1,
      because: "nothing proves that a token was refused, so the confidence comes from the missing key",
      clues: KEY_CLUES,
    },
  ],
  firstAction: `${command("refreshKeys")}; recycle the pools one server at a time`,
  confirm: [steps.SHOW_KEYS, steps.SHOW_FLAG],
  act: [
    steps.REFRESH_KEYS,
    steps.REFRESH_ADFS,
    steps.SHOW_REFRESHED,
    { text: "Restart the app pool on one server after the other", command: command("restartPool") },
    steps.SET_FLAG,
    steps.RUN_AUTH_ADMIN,
  ],
  inRunbook: {
    signs: "invalid_signature on all servers at once, no recycle",
    remedy: "[HmaBearerLoopIncidentManyServers](HmaBearerLoopIncidentManyServers.md)",
  },
  runbook: "HmaBearerLoopIncidentManyServers",
  colour: "warn",
};
