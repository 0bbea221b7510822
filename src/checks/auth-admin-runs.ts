import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check } from "./check.ts";

/** AuthAdmin runs every 12 hours; this leaves it one run to miss. */
const MAX_AGE_MS = 24 * 3_600_000;

export const authAdminRuns: Check = {
  id: "auth_admin_runs",
  title: "The AuthAdmin servicelet ran within 24 hours",
  why:
    "AuthAdmin refreshes the trusted keys in AD and puts the next auth certificate into use, every 12 hours, on the server that hosts the active copy of the " +
    "arbitration mailbox. When it does not run, keys in AD grow stale and every recycle hurts. Age is measured to the time of the snapshot.",
  remedy:
    "Restart-Service MSExchangeServiceHost on the server that hosts the arbitration mailbox with OrganizationCapabilityManagement; then look for MSExchange AuthAdmin 2015 in the Application log and into Logging\\AuthAdminLogs",
  severity: "warning",
  evaluate: (snapshot, context) => {
    const authAdmin = snapshot.authAdmin;
    if (authAdmin === null)
      return [unknown(ORGANISATION, notCollected(snapshot, "authAdmin", "the last run of AuthAdmin"))];
    const runs = [authAdmin.LastRunUtc, authAdmin.LastCompletedUtc, authAdmin.LastUpdatedUtc].flatMap((atMs) =>
      atMs === null ? [] : [atMs],
    );
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
        found: `last run ${new Date(lastMs).toISOString()}, ${Math.floor(ageMs / 3_600_000)} hours before the snapshot`,
        wanted: "within 24 hours",
      }),
    ];
  },
};
