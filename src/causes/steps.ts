import { command } from "../catalogue/commands.ts";
import type { AdviceStep } from "./cause-record.ts";

/** Steps that several causes share. */

export const SHOW_KEYS: AdviceStep = {
  text: "When was the AuthServer object last changed, and where do its keys come from",
  command: command("showAuthServers"),
};
export const SHOW_FLAG: AdviceStep = {
  text: "May the AuthAdmin job write new keys to AD (False: this outage comes back with each key roll-over)",
  command: command("showReadSession"),
};
export const REFRESH_KEYS: AdviceStep = {
  text: "Write the published keys to AD, then restart the app pool so that its worker reads them",
  command: command("refreshKeys"),
};
export const SHOW_REFRESHED: AdviceStep = {
  text: "See that the refresh has hit the object: WhenChangedUTC is of this minute",
  command: command("showKeys"),
};
export const RESTART_POOL: AdviceStep = {
  text: "Restart the app pool on the server, drained from the load balancer if clients still work on it",
  command: command("restartPool"),
};
export const SET_FLAG: AdviceStep = {
  text: "Let the AuthAdmin job keep AD up to date from now on",
  command: command("readSessionOn"),
};
export const RUN_AUTH_ADMIN: AdviceStep = {
  text: "Run it at once, on the server that hosts the arbitration mailbox",
  command: command("runAuthAdmin"),
};
/**
 * At sites without Entra ID, AD FS signs users in. Its AuthServer object has a site-specific name, so it needs another
 * command.
 */
export const REFRESH_ADFS: AdviceStep = {
  text: "Only where AD FS signs the tokens of users: write the keys that AD FS publishes to its AuthServer object",
  command: command("refreshKeysOf"),
};
export const CHECK_CERTIFICATE: AdviceStep = {
  text: "Does this worker crash every 10 to 15 minutes (WAS 5011)? Then the auth certificate may have expired; replace it first",
  command: command("showAuthCertificateHere"),
};
export const SHOW_TRUSTED: AdviceStep = {
  text: "Which tenant do the AuthServer objects trust",
  command: command("showAuthServers"),
};
