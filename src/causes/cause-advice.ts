import { command } from "../catalogue/commands.ts";
import type { Cause } from "../model/label-values.ts";

/** A step for a person at the Exchange Management Shell. */
export interface AdviceStep {
  readonly text: string;
  /** To be typed as it stands, after the words in angle brackets are filled in; null where there is nothing to type. */
  readonly command: string | null;
}

export interface CauseAdvice {
  /** The cause in a few words, for headings. */
  readonly title: string;
  /** What happens, in a sentence or two. */
  readonly meaning: string;
  readonly confirm: readonly AdviceStep[];
  readonly act: readonly AdviceStep[];
  /** The alert whose runbook (`docs/runbooks/<alert>.md`) goes further. */
  readonly runbook: string;
}

const SHOW_KEYS: AdviceStep = {
  text: "When was the AuthServer object last changed, and where do its keys come from",
  command: command("showAuthServers"),
};
const SHOW_FLAG: AdviceStep = {
  text: "May the AuthAdmin job write new keys to AD (False: this outage comes back with each key roll-over)",
  command: command("showReadSession"),
};
const REFRESH_KEYS: AdviceStep = {
  text: "Write the published keys to AD, then restart the app pool so that its worker reads them",
  command: command("refreshKeys"),
};
const SHOW_REFRESHED: AdviceStep = {
  text: "See that the refresh has hit the object: WhenChangedUTC is of this minute",
  command: command("showKeys"),
};
const RESTART_POOL: AdviceStep = {
  text: "Restart the app pool on the server, drained from the load balancer if clients still work on it",
  command: command("restartPool"),
};
const SET_FLAG: AdviceStep = {
  text: "Let the AuthAdmin job keep AD up to date from now on",
  command: command("readSessionOn"),
};
const RUN_AUTH_ADMIN: AdviceStep = {
  text: "Run it at once, on the server that hosts the arbitration mailbox",
  command: command("runAuthAdmin"),
};

/** What to check and what to do for each cause. */
export const CAUSE_ADVICE: Readonly<Record<Cause, CauseAdvice>> = {
  stale_keys_after_recycle: {
    title: "Stale signing keys after a recycle",
    runbook: "HmaStaleKeysAfterRecycle",
    meaning:
      "A new worker process read signing keys from AD that Entra ID has replaced since. It refuses Bearer tokens until it fetches the published keys by itself, at most 30 minutes after its first token (KB 4559435).",
    confirm: [
      SHOW_KEYS,
      SHOW_FLAG,
      {
        text: "Has the worker found the new keys by itself (event 2008)",
        command: command("showOAuthEvents"),
      },
    ],
    act: [REFRESH_KEYS, SHOW_REFRESHED, RESTART_POOL, SET_FLAG, RUN_AUTH_ADMIN],
  },
  stale_keys_everywhere: {
    title: "Signing keys rolled over, no recycle",
    runbook: "HmaBearerLoopIncidentManyServers",
    meaning:
      "Entra ID published other signing keys, and workers on every server refuse tokens signed with them until each has fetched the new set.",
    confirm: [SHOW_KEYS, SHOW_FLAG],
    act: [
      REFRESH_KEYS,
      SHOW_REFRESHED,
      { text: "Restart the app pool on one server after the other", command: command("restartPool") },
      SET_FLAG,
      RUN_AUTH_ADMIN,
    ],
  },
  metadata_unreachable: {
    title: "Entra ID's metadata cannot be reached",
    runbook: "HmaMetadataUnreachable",
    meaning:
      "The server cannot fetch the published signing keys, so a worker with stale keys does not recover by itself.",
    confirm: [
      {
        text: "Can this server reach the metadata",
        command: command("testMetadata"),
      },
      { text: "Which proxy does Exchange use", command: command("showExchangeProxy") },
    ],
    act: [
      {
        text: "Open the way to login.microsoftonline.com and login.windows.net, port 443, from every Exchange server, or set the proxy",
        command: command("exchangeProxy"),
      },
      REFRESH_KEYS,
      RESTART_POOL,
    ],
  },
  audience_mismatch: {
    title: "Tokens are for another host name",
    runbook: "HmaBearerLoopIncident",
    meaning:
      "The audience of the tokens is not the host name under which the server sees the request: SSL offload, a rewriting load balancer, or a missing service principal name.",
    confirm: [
      {
        text: "Which addresses must be known to Entra ID",
        command: command("showUrls"),
      },
      { text: "The same for EWS", command: command("showEwsUrls") },
    ],
    act: [
      {
        text: "Use SSL bridging instead of offload on the load balancer, keep the host name, and add what is missing to the service principal 00000002-0000-0ff1-ce00-000000000000",
        command: null,
      },
    ],
  },
  modern_auth_not_offered: {
    title: "Modern authentication is switched off or half on",
    runbook: "HmaBearerLoopIncident",
    meaning: "The server does not take Bearer tokens for this domain, or does not tell clients where to get one.",
    confirm: [SHOW_FLAG, SHOW_KEYS],
    act: [
      {
        text: "Switch hybrid modern authentication on",
        command: command("modernAuthOn"),
      },
      {
        text: "Name exactly one default authorization endpoint",
        command: command("defaultEndpointOn"),
      },
    ],
  },
  clock_skew: {
    title: "The clock is wrong",
    runbook: "HmaBearerLoopIncident",
    meaning: "Tokens look expired or not yet valid, because the server's clock differs from that of Entra ID.",
    confirm: [
      {
        text: "How far is the clock off",
        command: command("compareClock"),
      },
    ],
    act: [{ text: "Synchronise the clock", command: command("resyncClock") }],
  },
  unknown_issuer: {
    title: "The issuer of the tokens is not trusted",
    runbook: "HmaBearerLoopIncident",
    meaning:
      "The tokens come from a tenant that no AuthServer object names, often after the hybrid configuration wizard ran.",
    confirm: [
      {
        text: "Which tenant do the AuthServer objects trust",
        command: command("showAuthServers"),
      },
    ],
    act: [{ text: "Run the hybrid configuration wizard again for the right tenant", command: null }],
  },
  unknown_user: {
    title: "Users unknown to Exchange",
    runbook: "HmaBearerLoopIncident",
    meaning: "The tokens are good, and Exchange finds no mailbox for the user they name.",
    confirm: [
      {
        text: "Do user principal name and mail address agree, and is the user synchronised",
        command: command("showUser"),
      },
    ],
    act: [{ text: "Correct the user in the directory and let it synchronise", command: null }],
  },
  backend_rejection: {
    title: "The back end refuses the tokens",
    runbook: "HmaBearerLoopIncident",
    meaning:
      "The front end takes the tokens and a back-end worker refuses them; that worker, maybe on another server, is the one at fault.",
    confirm: [
      {
        text: "Which server's back end answers, and since when its workers run",
        command: command("showWorkers"),
      },
      SHOW_KEYS,
    ],
    act: [REFRESH_KEYS, SHOW_REFRESHED, RESTART_POOL],
  },
  oauth_configuration: {
    title: "Exchange cannot load its OAuth configuration",
    runbook: "HmaBearerLoopIncident",
    meaning:
      "Requests with a Bearer token fail because the server cannot read its authorization settings or certificates.",
    confirm: [
      {
        text: "Is the auth certificate there with its private key",
        command: command("showAuthCertificateHere"),
      },
      {
        text: "What do the workers say",
        command: command("showOAuthEvents"),
      },
    ],
    act: [
      {
        text: "Check that domain controllers answer. The auth certificate, where it is missing here, is imported, and replaced only where it has expired",
        command: command("importAuthCertificate"),
      },
      RESTART_POOL,
    ],
  },
  junk_tokens: {
    title: "Junk tokens",
    runbook: "HmaBearerLoopIncident",
    meaning:
      "Somebody sends tokens that were never valid; no client of these is ever let in. Exchange is right to refuse them.",
    confirm: [
      { text: "Do clients with good tokens work meanwhile: look at the successes of the same app pool", command: null },
    ],
    act: [{ text: "Block the senders at the firewall or the reverse proxy", command: null }],
  },
  unexplained: {
    title: "No cause found yet",
    runbook: "HmaBearerLoopIncident",
    meaning: "Clients are refused again and again, and the evidence so far carries no cause.",
    confirm: [
      SHOW_KEYS,
      SHOW_FLAG,
      {
        text: "Compare with the other servers, and look for events of MSExchange OAuth",
        command: command("showOAuthEvents"),
      },
      { text: "And of AuthAdmin", command: command("showAuthAdminEvents") },
    ],
    act: [REFRESH_KEYS, SHOW_REFRESHED, RESTART_POOL],
  },
};
