import { command } from "../../catalogue/commands.ts";
import type { CauseRecord } from "../cause-record.ts";
import { isMetadataUnread, KEY_CLUES, METADATA_CLUES } from "../key-clues.ts";
import { isRefusedFor, isSuspected } from "../situation.ts";
import * as steps from "../steps.ts";
import { NEW_WORKER, weighing } from "../worker-clues.ts";

const RECYCLED = weighing(
  NEW_WORKER,
  0.1,
  "shows which worker has stale keys; the cause is that it cannot fetch new ones",
);

/** The server cannot fetch the published keys, so a worker process with stale keys does not recover by itself. */
export const metadataUnreachable: CauseRecord = {
  cause: "metadata_unreachable",
  title: "The issuer's metadata cannot be reached",
  meaning:
    "The server cannot fetch the published signing keys, so a worker with stale keys does not recover by itself.",
  liesIn: "server",
  checks: ["outbound_path"],
  claims: [
    {
      order: 20,
      when:
        "tokens are refused for `invalid_signature`, and an event says that the worker or AuthAdmin cannot read " +
        "the metadata, while none says that new keys were found",
      holds: (context) => isRefusedFor(context, "invalid_signature") && isMetadataUnread(context),
      base: 0.4,
      because: "the reason fits, but several faults cause it",
      clues: [...METADATA_CLUES, RECYCLED, ...KEY_CLUES],
    },
    {
      order: 110,
      when:
        "no log proves a refusal, and an event says that the worker or AuthAdmin cannot read the metadata, while " +
        "none says that new keys were found",
      holds: (context) => isSuspected(context) && isMetadataUnread(context),
      base: 0.1,
      because: "nothing proves that a token was refused, so the confidence comes from the events",
      clues: [...METADATA_CLUES, RECYCLED],
    },
  ],
  firstAction:
    "Let the server reach login.microsoftonline.com and login.windows.net (InternetWebProxy, firewall), then refresh",
  confirm: [
    { text: "Can this server reach the metadata", command: command("testMetadata") },
    { text: "Which proxy does Exchange use", command: command("showExchangeProxy") },
  ],
  act: [
    {
      text: "Open the way to login.microsoftonline.com and login.windows.net, port 443, from every Exchange server, or set the proxy",
      command: command("exchangeProxy"),
    },
    steps.REFRESH_KEYS,
    steps.RESTART_POOL,
  ],
  inRunbook: {
    signs: "as above, and MSExchange OAuth 2007 or AuthAdmin 2010: it will not recover by itself",
    remedy: "[HmaMetadataUnreachable](HmaMetadataUnreachable.md); keep the server drained",
  },
  runbook: "HmaMetadataUnreachable",
  colour: "note",
};
