import { command, note, remedy } from "../catalogue/commands.ts";
import { signsForUsers } from "../model/snapshot/signing-keys.ts";
import type { KeyState } from "../model/snapshot/signing-keys.ts";
import { fail, listed, notCollected, ORGANISATION, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { keyStatesOf } from "./published-keys.ts";

export const keyDrift: Check = {
  id: "key_drift",
  title: "AD holds every signing key that the issuer publishes",
  why:
    "A worker process starts with the keys of the AuthServer object. While a published key is missing there, " +
    "every new worker refuses tokens signed with it " +
    "(2000000, invalid_signature) for up to 30 minutes: this predicts the next outage.",
  remedy: remedy(
    command("refreshKeys"),
    command("showKeys"),
    note(
      "Recycle nothing before the keys are in AD. Workers that refuse now adopt them within about 15 minutes, " +
        "or when their pool is recycled",
    ),
  ),
  severity: "critical",
  severityNote:
    "warning for an AuthServer that does not sign users' tokens (Entra ID does, or AD FS where users sign in " +
    "by it): its keys sign server-to-server calls (free/busy)",
  evaluate: (snapshot, context) => {
    const states = keyStatesOf(snapshot, context);
    if (states === null) return [unknown(ORGANISATION, notCollected(snapshot, "authServers", "Get-AuthServer"))];
    const judged = states.filter((state) => state.issuer !== "other" || state.published !== null);
    if (judged.length === 0) return [unknown(ORGANISATION, "there is no enabled AuthServer to judge")];
    return judged.map(judgeKeys);
  },
};

function judgeKeys(state: KeyState): ObjectVerdict {
  if (state.trusted === null)
    return unknown(
      state.authServer,
      "the snapshot does not give CertificateStrings of this AuthServer in a form that can be read",
    );
  if (state.published === null)
    return unknown(state.authServer, "the published keys are not known: its metadata URL was not fetched");
  if (state.published.length === 0) return unknown(state.authServer, "no published key is valid now");
  const missing = state.missing ?? [];
  if (missing.length === 0) return pass(state.authServer);
  const found = `${missing.length} of ${state.published.length} published keys missing in AD: ${listed(
    missing.map((key) => key.thumbprint),
    3,
  )}`;
  const severity = signsForUsers(state.issuer) ? "critical" : "warning";
  return fail(
    state.authServer,
    { found, wanted: "every published key in CertificateStrings" },
    { remedy: remedyFor(state.authServer), severity },
  );
}

function remedyFor(authServer: string): string {
  return remedy(
    command("refreshKeysOf", { AuthServer: authServer }),
    command("showKeysOf", { AuthServer: authServer }),
    note("Recycle nothing before the keys are in AD"),
  );
}
