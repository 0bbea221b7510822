import { PROBE_REASONS, type ProbeOutcome, type ProbeProtocol } from "../model/probe/probe.ts";
import type { ProbeProof, ProofObject } from "../model/probe/probe-proof.ts";
import { MAX_CLOCK_OFFSET_SECONDS } from "./probe-observations.ts";

const ORGANISATION: ProofObject = { kind: "organisation" };
/** Maximum number of servers named in one proof. */
const MAX_NAMED = 10;

/**
 * What the outcomes prove about compliance checks. An answer that leaves a question open is no proof, and a missing answer is never a
 * fault. Without an identity, Exchange 2019 CU13 and older offer an authority even if modern authentication is off for the organisation. So
 * `modern_auth_enabled` passes only with an identity.
 */
export function proofsOf(outcomes: readonly ProbeOutcome[]): readonly ProbeProof[] {
  return [...outcomes.flatMap(proofsOfOne), ...uniformity(outcomes)];
}

function proofsOfOne(outcome: ProbeOutcome): readonly ProbeProof[] {
  if (outcome.probe === "token") return tokenProofs(outcome);
  return [...clockProof(outcome), ...challengeProofs(outcome)];
}

function challengeProofs(outcome: ProbeOutcome): readonly ProbeProof[] {
  const { server, protocol, reason, hasIdentity, isBearerOffered, issuer } = outcome;
  if (protocol === "owa" || protocol === "ecp") return [];
  const directory: ProofObject = { kind: "directory", server, protocol };
  const found = `${server} ${protocol}: ${PROBE_REASONS[reason]}`;
  const proofs: ProbeProof[] = [];
  if (isBearerOffered === true) proofs.push(passes("oauth_on_virtual_directories", directory));
  if (reason === "no_bearer")
    proofs.push(fails("oauth_on_virtual_directories", directory, { found, wanted: "a Bearer challenge" }));
  if (reason === "no_authority")
    proofs.push(fails("default_authorization_endpoint", ORGANISATION, { found, wanted: "an authorization_uri" }));
  if (reason !== "bearer_offered") return proofs;
  proofs.push(passes("default_authorization_endpoint"));
  if (issuer === "entra") proofs.push(passes("evosts_present"));
  if (hasIdentity) proofs.push(passes("modern_auth_enabled"));
  if (hasIdentity && issuer === "entra") proofs.push(passes("evosts_domain"));
  return proofs;
}

/**
 * The authority issues tokens only for registered names. So a token proves the service principal name, and AADSTS500011 proves that it is
 * missing.
 */
function tokenProofs({ namespace, verdict, reason, keyId }: ProbeOutcome): readonly ProbeProof[] {
  const about: ProofObject = { kind: "namespace", namespace };
  if (verdict === "no_token") {
    return reason === "token_resource"
      ? [
          fails("service_principal_names", about, {
            found: PROBE_REASONS.token_resource,
            wanted: `https://${namespace}/ among its service principal names`,
          }),
        ]
      : [];
  }
  return keyId === null ? [] : [passes("service_principal_names", about)];
}

function clockProof({ server, clockOffsetSeconds, reason }: ProbeOutcome): readonly ProbeProof[] {
  if (clockOffsetSeconds === null || ["other_server", "exchange_online", "not_exchange"].includes(reason)) return [];
  const about: ProofObject = { kind: "server", server };
  if (Math.abs(clockOffsetSeconds) < MAX_CLOCK_OFFSET_SECONDS) return [passes("clock", about)];
  const found =
    `${Math.abs(Math.round(clockOffsetSeconds))} seconds ${clockOffsetSeconds > 0 ? "ahead of" : "behind"} ` +
    "the exporter's clock";
  return [fails("clock", about, { found, wanted: `less than ${MAX_CLOCK_OFFSET_SECONDS} seconds` })];
}

/** Proves whether a virtual directory offers Bearer on all servers alike. */
function uniformity(outcomes: readonly ProbeOutcome[]): readonly ProbeProof[] {
  const offers = new Map<ProbeProtocol, Map<string, boolean>>();
  for (const { probe, protocol, server, isBearerOffered } of outcomes) {
    if (probe !== "challenge" || isBearerOffered === null) continue;
    offers.set(protocol, (offers.get(protocol) ?? new Map<string, boolean>()).set(server, isBearerOffered));
  }
  return [...offers].flatMap(([protocol, servers]) => {
    if (servers.size < 2) return [];
    const without = [...servers].flatMap(([server, isOffered]) => (isOffered ? [] : [server]));
    const about: ProofObject = { kind: "protocol", protocol };
    if (without.length === 0 || without.length === servers.size) return [passes("uniform_virtual_directories", about)];
    const found = `no Bearer is offered by ${without.slice(0, MAX_NAMED).join(", ")}, and by others it is`;
    return [fails("uniform_virtual_directories", about, { found, wanted: "the same on every server" })];
  });
}

function passes(check: string, about: ProofObject = ORGANISATION): ProbeProof {
  return { check, about, verdict: "pass", found: "", wanted: "" };
}

function fails(check: string, about: ProofObject, difference: Pick<ProbeProof, "found" | "wanted">): ProbeProof {
  return { check, about, verdict: "fail", ...difference };
}
