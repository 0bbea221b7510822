import { command, note, remedy } from "../catalogue/commands.ts";
import { signsForUsers } from "../model/snapshot/signing-keys.ts";
import type { KeyState } from "../model/snapshot/signing-keys.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { fail, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { keyStatesOf } from "./published-keys.ts";
import { HOUR_MS } from "../model/durations.ts";
import { timeTextOfMs } from "../model/text/time-text.ts";

/** AuthAdmin writes new keys every 12 hours, so it may miss one run. */
const DUE_MS = 24 * HOUR_MS;

export const authServerWritten: Check = {
  id: "auth_server_written",
  title: "The AuthServer was written since the last roll-over of the signing keys",
  why:
    "AuthAdmin writes new keys to the AuthServer object within 12 hours. An object that was last written " +
    "(WhenChangedUTC) before the roll-over shows that it does not: because of a permission, the flag " +
    "EnableAuthAdminReadSession, or because it cannot reach the metadata. An object that has every published key was written since.",
  remedy: remedyFor(null),
  severity: "warning",
  evaluate: (snapshot, context) => {
    const states = keyStatesOf(snapshot, context);
    if (states === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    const judged = states.filter((state) => signsForUsers(state.issuer));
    if (judged.length === 0)
      return [unknown(ORGANISATION, "there is no enabled AuthServer of the issuer of users to judge")];
    return judged.map((state) => judge(state, snapshot, context));
  },
};

function judge(state: KeyState, snapshot: Snapshot, { rolledOverAtMs, nowMs }: CheckContext): ObjectVerdict {
  const { authServer, published, missing } = state;
  if (missing !== null && missing.length === 0 && (published ?? []).length > 0) return pass(authServer);
  const writtenMs = snapshot.authServers?.find((server) => server.Name === authServer)?.WhenChangedUTC ?? null;
  if (rolledOverAtMs === null) return unknown(authServer, "no roll-over of the signing keys has been seen yet");
  if (writtenMs === null) return unknown(authServer, "the snapshot does not give WhenChangedUTC of this AuthServer");
  if (writtenMs >= rolledOverAtMs) return pass(authServer);
  const hours = Math.floor((nowMs - rolledOverAtMs) / HOUR_MS);
  if (nowMs - rolledOverAtMs < DUE_MS)
    return unknown(authServer, `the roll-over is ${hours} hours old, and AuthAdmin runs every 12 hours`);
  return fail(
    authServer,
    {
      found: `written ${timeTextOfMs(writtenMs)}, rolled over ${timeTextOfMs(rolledOverAtMs)}`,
      wanted: "written since the roll-over",
    },
    { remedy: remedyFor(authServer) },
  );
}

function remedyFor(authServer: string | null): string {
  const keys =
    authServer === null
      ? [command("refreshKeys"), command("showKeys")]
      : [command("refreshKeysOf", { AuthServer: authServer }), command("showKeysOf", { AuthServer: authServer })];
  return remedy(
    ...keys,
    note("So that AuthAdmin does it from now on; on the server that hosts the arbitration mailbox:"),
    command("readSessionOn"),
    command("runAuthAdmin"),
    command("showAuthAdminEvents"),
  );
}
