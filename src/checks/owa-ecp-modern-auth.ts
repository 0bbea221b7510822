import { command, commandAt, note, remedy } from "../catalogue/commands.ts";
import type { CommandId } from "../catalogue/commands.ts";
import { shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot, VirtualDirectory, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, CheckContext, ObjectVerdict } from "./check.ts";
import { hasUpdate, nameOfServer } from "./servers.ts";
import { identityOf, judgeVirtualDirectories, serverOf } from "./virtual-directories.ts";

export const owaEcpModernAuth: Check = {
  id: "owa_ecp_modern_auth",
  title: "OWA and ECP use modern authentication wholly or not at all",
  why:
    "It is optional (2019 CU14 with the April 2024 update 15.2.1544.11 or later, on every server). Enabling " +
    "it partly locks users out: OAuth beside forms, Basic, Digest or AD FS, or OWA without ECP. " +
    "The reply URLs must be registered in Entra ID first.",
  remedy: bothWays({ ecp: null, owa: null }),
  severity: "warning",
  evaluate: (snapshot, context) =>
    judgeVirtualDirectories(snapshot, ["owa", "ecp"], (directory, kind, object) =>
      judgeDirectory(snapshot, context, { directory, kind, object }),
    ),
};

interface Subject {
  readonly directory: VirtualDirectory;
  readonly kind: VirtualDirectoryKind;
  readonly object: string;
}

function judgeDirectory(
  snapshot: Snapshot,
  context: CheckContext,
  { directory, kind, object }: Subject,
): ObjectVerdict {
  if (directory.OAuthAuthentication === null)
    return unknown(object, "the snapshot does not give OAuthAuthentication of this virtual directory");
  const other = otherOf(snapshot, directory, kind);
  if (other !== null && other !== directory.OAuthAuthentication) {
    const [owa, ecp] = kind === "owa" ? [directory.OAuthAuthentication, other] : [other, directory.OAuthAuthentication];
    return fail(
      object,
      { found: `OAuth ${owa ? "on" : "off"} at OWA and ${ecp ? "on" : "off"} at ECP`, wanted: "the same at both" },
      { remedy: bothWays(pairOf(snapshot, directory)) },
    );
  }
  if (!directory.OAuthAuthentication) return pass(object);
  const floor = floorVerdict(snapshot, context, { directory, kind, object });
  if (floor !== null) return floor;
  const besides = [
    directory.BasicAuthentication === true ? "Basic" : "",
    directory.FormsAuthentication === true ? "Forms" : "",
    directory.DigestAuthentication === true ? "Digest" : "",
    directory.AdfsAuthentication === true ? "AD FS" : "",
  ].filter((name) => name !== "");
  if (besides.length === 0) return pass(object);
  return fail(
    object,
    { found: `OAuth beside ${besides.join(", ")}`, wanted: "OAuth alone" },
    { remedy: bothWays(pairOf(snapshot, directory)) },
  );
}

/** OAuthAuthentication of ECP when `kind` is OWA, and vice versa, on the same server; null when unknown. */
function otherOf(snapshot: Snapshot, directory: VirtualDirectory, kind: VirtualDirectoryKind): boolean | null {
  const others = snapshot.virtualDirectories[kind === "owa" ? "ecp" : "owa"] ?? [];
  const server = serverOf(directory).toLowerCase();
  const other = others.find(
    (candidate) => server !== "" && shortServerName(serverOf(candidate)).toLowerCase() === server,
  );
  return other?.OAuthAuthentication ?? null;
}

/** OAuth is supported only when every server of the organisation has the update. Null when every server has it. */
function floorVerdict(snapshot: Snapshot, context: CheckContext, { directory, object }: Subject): ObjectVerdict | null {
  const servers = snapshot.exchangeServers ?? [];
  const tooOld = servers
    .filter((server) => hasUpdate(server, context.builds.owaModernAuth) === false)
    .map(nameOfServer);
  if (tooOld.length > 0) {
    const found = `OAuth on, and ${listed(tooOld, 4)} older than 15.2.1544.11`;
    const wanted = "15.2.1544.11 or later on every server, or OAuth off";
    return fail(object, { found, wanted }, { remedy: backRemedy(pairOf(snapshot, directory)) });
  }
  if (servers.length > 0 && servers.every((server) => hasUpdate(server, context.builds.owaModernAuth) === true))
    return null;
  return unknown(object, "OAuth is on, and whether every server has 15.2.1544.11 or later is not known");
}

/** Identities of ECP and OWA of one server; null when unknown, and the command then shows a placeholder. */
interface Pair {
  readonly ecp: string | null;
  readonly owa: string | null;
}

function pairOf(snapshot: Snapshot, directory: VirtualDirectory): Pair {
  const server = serverOf(directory).toLowerCase();
  const of = (kind: "ecp" | "owa"): string | null => {
    const found = (snapshot.virtualDirectories[kind] ?? []).find((each) => serverOf(each).toLowerCase() === server);
    return found === undefined || server === "" ? null : identityOf(found, kind);
  };
  return { ecp: of("ecp"), owa: of("owa") };
}

function bothWays(pair: Pair): string {
  return remedy(
    note(
      "On: only with the reply URLs in Entra ID and the same on every server; without them nobody gets into OWA " +
        "and ECP. ECP first, then OWA:",
    ),
    at("ecpModernOn", pair.ecp),
    at("owaModernOn", pair.owa),
    note("Or, where it was turned on by mistake, off again:"),
    at("owaModernOff", pair.owa),
    at("ecpModernOff", pair.ecp),
  );
}

function backRemedy(pair: Pair): string {
  return remedy(
    note("Off again, or update every server first:"),
    at("owaModernOff", pair.owa),
    at("ecpModernOff", pair.ecp),
  );
}

function at(id: CommandId, identity: string | null): string {
  return identity === null ? command(id) : commandAt(id, identity);
}
