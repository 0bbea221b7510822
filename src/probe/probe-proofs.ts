import { PROBE_REASONS, type ProbeOutcome, type ProbeProtocol } from "../model/probe.ts";

/** What a probe proves of a compliance check, from outside. */
export interface ProbeProof {
  /** Id of the check. */
  readonly check: string;
  /** Null for the organisation. */
  readonly server: string | null;
  /** Null where the check is not about one virtual directory. */
  readonly protocol: ProbeProtocol | null;
  readonly verdict: "pass" | "fail";
  /** For a failing one: what was found, and what should be. */
  readonly found: string;
  readonly wanted: string;
}

/** The server's clock may differ by so much. */
const MAX_SKEW_SECONDS = 300;

/**
 * What the outcomes prove. What an answer leaves open gives no proof: silence is never a fault. Without an identity, Exchange 2019 CU13 and older
 * offer an authority although modern authentication may be off for the organisation, so check 3 passes only for an identity.
 */
export function proofsOf(outcomes: readonly ProbeOutcome[]): readonly ProbeProof[] {
  return [...outcomes.flatMap(proofsOfOne), ...uniformity(outcomes)];
}

function proofsOfOne(outcome: ProbeOutcome): readonly ProbeProof[] {
  return [...clockProof(outcome), ...(outcome.probe === "token" ? tokenProofs(outcome) : challengeProofs(outcome))];
}

function challengeProofs(outcome: ProbeOutcome): readonly ProbeProof[] {
  const { server, protocol, reason, hasIdentity, isBearerOffered } = outcome;
  const isDirectory = protocol !== "owa" && protocol !== "ecp";
  const onDirectory = (verdict: "pass" | "fail"): ProbeProof => ({
    check: "oauth_on_virtual_directories",
    server,
    protocol,
    verdict,
    found: PROBE_REASONS[reason],
    wanted: "a Bearer challenge",
  });
  if (!isDirectory) return [];
  const proofs: ProbeProof[] = [];
  if (isBearerOffered === true) proofs.push(onDirectory("pass"));
  if (reason === "no_bearer") proofs.push(onDirectory("fail"));
  if (reason === "no_authority")
    proofs.push(ofOrganisation("default_authorization_endpoint", "fail", PROBE_REASONS.no_authority));
  if (reason !== "bearer_offered") return proofs;
  proofs.push(ofOrganisation("evosts_present", "pass"), ofOrganisation("default_authorization_endpoint", "pass"));
  if (hasIdentity) proofs.push(ofOrganisation("modern_auth_enabled", "pass"), ofOrganisation("evosts_domain", "pass"));
  return proofs;
}

/** The authority issues tokens for registered names alone, so a token proves the service principal name, and AADSTS500011 that it is missing. */
function tokenProofs({ verdict, reason }: ProbeOutcome): readonly ProbeProof[] {
  if (verdict !== "no_token")
    return verdict === "tls" || verdict === "unreachable" || verdict === "unknown"
      ? []
      : [ofOrganisation("service_principal_names", "pass")];
  return reason === "token_resource"
    ? [ofOrganisation("service_principal_names", "fail", PROBE_REASONS.token_resource, "the namespace is registered")]
    : [];
}

function clockProof({ server, clockOffsetSeconds, reason }: ProbeOutcome): readonly ProbeProof[] {
  if (clockOffsetSeconds === null || reason === "other_server" || reason === "exchange_online") return [];
  const isClose = Math.abs(clockOffsetSeconds) < MAX_SKEW_SECONDS;
  return [
    {
      check: "clock",
      server,
      protocol: null,
      verdict: isClose ? "pass" : "fail",
      found: `${Math.round(clockOffsetSeconds)} s against the exporter's clock`,
      wanted: "less than 300 s",
    },
  ];
}

/** One virtual directory offers Bearer on one server and not on another. */
function uniformity(outcomes: readonly ProbeOutcome[]): readonly ProbeProof[] {
  const offers = new Map<ProbeProtocol, Map<string, boolean>>();
  for (const { probe, protocol, server, isBearerOffered } of outcomes) {
    if (probe !== "challenge" || isBearerOffered === null) continue;
    offers.set(protocol, (offers.get(protocol) ?? new Map<string, boolean>()).set(server, isBearerOffered));
  }
  return [...offers].flatMap(([protocol, servers]): ProbeProof[] => {
    if (servers.size < 2) return [];
    const without = [...servers].flatMap(([server, isOffered]) => (isOffered ? [] : [server]));
    const isUniform = without.length === 0 || without.length === servers.size;
    const found = isUniform ? "" : `no Bearer on ${without.slice(0, 10).join(", ")}`;
    return [
      {
        check: "uniform_virtual_directories",
        server: null,
        protocol,
        verdict: isUniform ? "pass" : "fail",
        found,
        wanted: "the same offer on every server",
      },
    ];
  });
}

function ofOrganisation(
  check: string,
  verdict: "pass" | "fail",
  found = "",
  wanted = "exactly one default authorization endpoint",
): ProbeProof {
  return { check, server: null, protocol: null, verdict, found, wanted };
}
