import type { Evidence } from "../model/finding.ts";
import type { CauseContext } from "./cause-context.ts";
import type { Clue } from "./cause-record.ts";
import { evidenceOf } from "./evidence.ts";
import { HEALING_IS_LOGGED_WITHIN_MS } from "../model/worker-healing.ts";
import { EVENT_LEAD_MS, isNear } from "./situation.ts";
import { probeClue } from "./outside-clues.ts";
import { number } from "../model/text/counted.ts";

/** Evidence about signing keys, and about how worker processes and AD get them. */

const KEYS_FOUND: Clue = {
  what: "the worker found published keys that AD lacks (MSExchange OAuth 2008, Windows events)",
  weight: 0.2,
  because: "the worker itself reports that its keys were out of date",
  find: (context) => {
    const event = foundKeys(context);
    if (event === undefined) return [];
    const text = `worker found signing keys that AD lacks (${event.label})`;
    return [evidenceOf(event.atMs, "oauth_event", { text, source: "events" })];
  },
};

const KEY_MISSING: Clue = {
  what: "a published signing key is missing in AD, and no event says that the worker found it",
  weight: 0.2,
  because: "while a key is missing in AD, every new worker refuses the tokens that are signed with it",
  find: (context) => (foundKeys(context) === undefined ? missingKeys(context) : []),
};

const KEY_MISSING_TOO: Clue = {
  what: "a published signing key is missing in AD, and the worker found it (MSExchange OAuth 2008)",
  weight: 0.05,
  because: "the same fact as the event, from another source",
  find: (context) => (foundKeys(context) === undefined ? [] : missingKeys(context)),
};

const KEYS_CHANGED: Clue = {
  what: "keys or auth certificates changed within the day before (published keys, snapshot, AuthAdmin events)",
  weight: 0,
  because: "shown for its time only, because keys also change without an outage",
  find: (context) =>
    openChanges(context).map(({ atMs, text, shownBy }) => evidenceOf(atMs, "key_change", { text, source: shownBy })),
};

/** While a key is missing in AD: the key changes since AD last took up all that was published before it went missing. */
function openChanges({ keyChanges, missingKeys: missing }: CauseContext): CauseContext["keyChanges"] {
  if (missing === null || missing.count === 0) return keyChanges;
  const takenUpMs = keyChanges
    .filter(({ isPublished, atMs }) => !isPublished && atMs < missing.atMs)
    .reduce((latest, { atMs }) => Math.max(latest, atMs), -Infinity);
  return keyChanges.filter(({ atMs }) => atMs > takenUpMs);
}

/** Evidence that worker processes refuse tokens because they lack a key. */
export const KEY_CLUES: readonly Clue[] = [
  KEYS_FOUND,
  KEY_MISSING,
  KEY_MISSING_TOO,
  probeClue("stale_keys_after_recycle"),
  KEYS_CHANGED,
];

/** True when at least one of KEY_CLUES with a weight above 0 is found. */
export function lacksKey(context: CauseContext): boolean {
  return KEY_CLUES.some((clue) => clue.weight > 0 && clue.find(context).length > 0);
}

const METADATA_UNREAD: Clue = {
  what: "the worker could not read the metadata (MSExchange OAuth 2007) and found no new keys (no 2008)",
  weight: 0.3,
  because: "the worker itself reports that it cannot fetch the published keys",
  find: (context) => {
    const event = context.oauthEvents.find(
      (one) => one.name === "failed_while_reading_metadata" && isNear(context, one),
    );
    if (event === undefined || foundKeys(context) !== undefined) return [];
    const text = `worker could not read the metadata (${event.label})`;
    return [evidenceOf(event.atMs, "oauth_event", { text, source: "events" })];
  },
};

const AUTH_ADMIN_FAILED: Clue = {
  what: "AuthAdmin could not access the metadata (MSExchange AuthAdmin 2010), and no worker found new keys (no 2008)",
  weight: 0.2,
  because: "AuthAdmin runs on one server, so its missing connection says less about this server",
  find: (context) => {
    const event = context.authAdminEvents.find(
      (one) =>
        one.name === "unable_to_access_metadata" && (isLong(context) || one.atMs >= context.startMs - EVENT_LEAD_MS),
    );
    if (event === undefined || foundKeys(context) !== undefined) return [];
    const text = `AuthAdmin could not access the metadata on ${event.server} (${event.label})`;
    return [evidenceOf(event.atMs, "auth_admin_event", { text, source: "events" })];
  },
};

const NOT_HEALED: Clue = {
  what: "tokens are still refused after the 30 minutes within which a worker fetches the keys by itself",
  weight: 0.1,
  because: "a worker with a connection to the issuer would have recovered",
  find: (context) => {
    if (!isLong(context) || !isMetadataUnread(context)) return [];
    const text = "still refused after the time within which a worker fetches the keys by itself";
    return [evidenceOf(context.startMs + HEALING_IS_LOGGED_WITHIN_MS, "rejections", { text, source: context.source })];
  },
};

export const METADATA_CLUES: readonly Clue[] = [METADATA_UNREAD, AUTH_ADMIN_FAILED, NOT_HEALED];

/** True when an event says that the published keys cannot be fetched, and no event says that they were. */
export function isMetadataUnread(context: CauseContext): boolean {
  return METADATA_UNREAD.find(context).length > 0 || AUTH_ADMIN_FAILED.find(context).length > 0;
}

function isLong({ startMs, endMs }: CauseContext): boolean {
  return endMs - startMs > HEALING_IS_LOGGED_WITHIN_MS;
}

function foundKeys(context: CauseContext): CauseContext["oauthEvents"][number] | undefined {
  return context.oauthEvents.find((one) => one.name === "new_certificates_from_metadata_url" && isNear(context, one));
}

function missingKeys({ missingKeys: missing, issuer }: CauseContext): Evidence[] {
  if (missing === null || missing.count === 0) return [];
  const keys = `signing ${missing.count === 1 ? "key" : "keys"}${issuer === "AD FS" ? " of AD FS" : ""}`;
  const text = `${number(missing.count)} published ${keys} ${missing.count === 1 ? "is" : "are"} missing in AD`;
  return [evidenceOf(missing.atMs, "missing_key", { text, source: "keys" })];
}
