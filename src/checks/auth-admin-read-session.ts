import { command, note, remedy } from "../catalogue/commands.ts";
import { formatExchangeBuild, isAtLeast } from "../model/snapshot/exchange-build.ts";
import { isExposed } from "../model/snapshot/signing-keys.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict, Severity } from "./check.ts";
import { keyStatesOf } from "./published-keys.ts";
import { allBuilds, topologyOf } from "./servers.ts";

export const authAdminReadSession: Check = {
  id: "auth_admin_read_session",
  title: "AuthAdmin uses a read-only session (EnableAuthAdminReadSession)",
  why:
    "Without the flag the AuthAdmin servicelet can fail to write new signing keys of Entra ID to AD (KB " +
    "4559435), and cannot start at all where " +
    "servers are in another domain than the arbitration mailbox. Every worker process that starts then " +
    "refuses Bearer tokens for up to 30 minutes.",
  remedy: remedy(
    command("readSessionOn"),
    command("showReadSession"),
    note("On the server that hosts the arbitration mailbox, to run AuthAdmin at once:"),
    command("runAuthAdmin"),
  ),
  severity: "warning",
  severityNote:
    "critical when a server is in another domain than the arbitration mailbox (by default the forest's root " +
    "domain), or when a published key is missing in AD",
  evaluate: (snapshot, context) => [judgeReadSession(snapshot, context)],
};

function judgeReadSession(snapshot: Snapshot, context: CheckContext): ObjectVerdict {
  const config = snapshot.organizationConfig;
  if (config === null)
    return unknown(ORGANISATION, notCollected(snapshot, "organizationConfig", "Get-OrganizationConfig"));
  if (config.EnableAuthAdminReadSession === true) return pass(ORGANISATION);
  const severity = severityFor(snapshot, context);
  if (config.EnableAuthAdminReadSession === false)
    return fail(ORGANISATION, { found: "False", wanted: "True" }, { severity });
  const builds = allBuilds(snapshot);
  if (builds === null)
    return unknown(
      ORGANISATION,
      "Get-OrganizationConfig shows no EnableAuthAdminReadSession, and the servers' builds are not known",
    );
  const tooOld = builds.filter((build) => !isAtLeast(build, context.builds.readSession));
  if (tooOld.length === 0)
    return unknown(ORGANISATION, "the snapshot lacks EnableAuthAdminReadSession although every server's build has it");
  const found = `no such property, builds ${[...new Set(tooOld.map(formatExchangeBuild))].slice(0, 4).join(", ")}`;
  return fail(
    ORGANISATION,
    { found, wanted: "True, on 2016 CU17, 2019 CU6 or later" },
    { severity, remedy: tooOldRemedy },
  );
}

const tooOldRemedy = remedy(
  note(
    "The parameter does not exist yet: install a supported cumulative update on every server first (check exchange_build), then",
  ),
  command("readSessionOn"),
);

function severityFor(snapshot: Snapshot, context: CheckContext): Severity {
  if (topologyOf(snapshot) === "other_domain") return "critical";
  return isExposed(keyStatesOf(snapshot, context) ?? []) === true ? "critical" : "warning";
}
