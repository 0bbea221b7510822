import type { ProbeProof, ProofObject } from "../model/probe/probe-proof.ts";
import type { ProbeProtocol } from "../model/probe/probe.ts";
import { isSameServer, shortServerName } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot, VirtualDirectoryKind } from "../model/snapshot/snapshot.ts";
import { fail, ORGANISATION, pass, type ObjectVerdict } from "./check.ts";
import { serverNames } from "./servers.ts";
import { CMDLET_NOUN, identityOf, serverOf } from "./virtual-directories.ts";

/**
 * Merges the verdicts of one check by the snapshot's settings with what a probe proved. A proof replaces an unknown
 * verdict and adds objects that the snapshot lacks; otherwise the worse verdict counts. `snapshot` is null when there
 * is none.
 */
export function withProofs(
  verdicts: readonly ObjectVerdict[],
  proofs: readonly ProbeProof[],
  snapshot: Snapshot | null,
): readonly ObjectVerdict[] {
  if (proofs.length === 0) return verdicts;
  const proven = new Map<string, ObjectVerdict>();
  for (const proof of proofs) {
    const object = objectOf(proof.about, verdicts, snapshot);
    const key = object.toLowerCase();
    if (proven.get(key)?.verdict.kind !== "fail") proven.set(key, verdictOf(proof, object));
  }
  const known = new Set(verdicts.map(({ object }) => object.toLowerCase()));
  return [
    ...verdicts.map((verdict) => graver(verdict, proven.get(verdict.object.toLowerCase()))),
    ...[...proven].flatMap(([key, verdict]) => (known.has(key) ? [] : [verdict])),
  ];
}

function verdictOf({ verdict, found, wanted }: ProbeProof, object: string): ObjectVerdict {
  return verdict === "pass" ? pass(object) : fail(object, { found: `by the probe: ${found}`, wanted });
}

function graver(settings: ObjectVerdict, proven: ObjectVerdict | undefined): ObjectVerdict {
  if (proven === undefined || settings.verdict.kind === "fail") return settings;
  if (settings.verdict.kind === "pass" && proven.verdict.kind === "pass") return settings;
  return { ...settings, verdict: proven.verdict };
}

const KINDS: Readonly<Record<ProbeProtocol, VirtualDirectoryKind | null>> = {
  ews: "webServices",
  mapi: "mapi",
  autodiscover: "autodiscover",
  eas: "activeSync",
  oab: "oab",
  owa: "owa",
  ecp: "ecp",
  rest: null,
};

/** Name of the object as the check spells it, so that both verdicts are about the same object. */
function objectOf(about: ProofObject, verdicts: readonly ObjectVerdict[], snapshot: Snapshot | null): string {
  switch (about.kind) {
    case "organisation": {
      // The check has a single object with its own name, such as the AuthServer of Entra ID.
      const [only] = verdicts;
      return verdicts.length === 1 && only !== undefined ? only.object : ORGANISATION;
    }
    case "server":
      return spelt(about.server, snapshot);
    case "directory":
      return directoryOf(about.server, about.protocol, snapshot);
    case "protocol": {
      const kind = KINDS[about.protocol];
      return kind === null ? about.protocol : CMDLET_NOUN[kind];
    }
    case "namespace":
      return `https://${about.namespace.toLowerCase()}/`;
  }
}

function spelt(server: string, snapshot: Snapshot | null): string {
  const names = snapshot === null ? [] : (serverNames(snapshot) ?? []);
  return names.find((name) => isSameServer(name, server)) ?? shortServerName(server);
}

/** The front end's virtual directory if the snapshot has it. The back end has one of the same kind. */
function directoryOf(server: string, protocol: ProbeProtocol, snapshot: Snapshot | null): string {
  const kind = KINDS[protocol];
  const directories = kind === null ? [] : (snapshot?.virtualDirectories[kind] ?? []);
  const own = directories.filter((directory) => isSameServer(serverOf(directory), server));
  const front = own.find((directory) => !/back end/i.test(directory.Identity ?? "")) ?? own[0];
  if (front !== undefined && kind !== null) return identityOf(front, kind);
  return `${spelt(server, snapshot)}\\${protocol}`;
}
