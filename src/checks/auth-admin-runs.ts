import { command, note, remedy } from "../catalogue/commands.ts";
import { runsOfAuthAdmin } from "../model/snapshot/snapshot-facts.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";
import { plural } from "../model/text/counted.ts";
import { timeTextOfMs } from "../model/text/time-text.ts";

/** AuthAdmin runs every 12 hours, so it may miss one run. */
const MAX_AGE_MS = 24 * 3_600_000;

export const authAdminRuns: Check = {
  id: "auth_admin_runs",
  title: "The AuthAdmin servicelet ran within 24 hours",
  why:
    "AuthAdmin refreshes the trusted keys in AD and puts the next auth certificate into use, every 12 hours, " +
    "on the server that hosts the active copy of the " +
    "arbitration mailbox. When it does not run, keys in AD become stale and every recycle can start an " +
    "outage. The age is measured at the time of the snapshot.",
  remedy: remedy(
    command("showAuthAdminHost"),
    note("On that server:"),
    command("runAuthAdmin"),
    note(
      "After some minutes there must be an event 2015; if not, read Logging\\AuthAdminLogs below the Exchange folder",
    ),
    command("showAuthAdminEvents"),
  ),
  severity: "warning",
  evaluate: (snapshot, context) => {
    const authAdmin = snapshot.authAdmin;
    if (authAdmin === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "authAdmin", "the last run of AuthAdmin"))];
    const runs = runsOfAuthAdmin(snapshot);
    const hasFuture = runs.length === 0 && Object.values(authAdmin).some((atMs) => atMs !== null);
    if (hasFuture)
      return [
        unknown(ORGANISATION, "the last run lies after the snapshot, which cannot be: a clock is wrong, or the date"),
      ];
    if (runs.length === 0)
      return [
        unknown(
          ORGANISATION,
          "neither a last run nor an event 2013 or 2015 of AuthAdmin was found on the servers that were asked",
        ),
      ];
    const lastMs = Math.max(...runs);
    const ageMs = (snapshot.atMs ?? context.nowMs) - lastMs;
    if (ageMs <= MAX_AGE_MS) return [pass(ORGANISATION)];
    return [
      fail(ORGANISATION, {
        found: `last run ${timeTextOfMs(lastMs)}, ${plural(Math.floor(ageMs / 3_600_000), "hour")} before the snapshot`,
        wanted: "within 24 hours",
      }),
    ];
  },
};
