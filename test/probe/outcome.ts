import type { ProbeOutcome } from "../../src/model/probe/probe.ts";

/** A good answer to the challenge probe of EWS on EX01; `more` overrides parts. */
export function outcome(more: Partial<ProbeOutcome>): ProbeOutcome {
  return {
    server: "EX01",
    protocol: "ews",
    probe: "challenge",
    namespace: "mail.contoso.example",
    atMs: Date.UTC(2026, 10, 28, 12),
    verdict: "offered",
    reason: "bearer_offered",
    status: 401,
    isBearerOffered: true,
    isAuthorityValid: true,
    issuer: "entra",
    seconds: {},
    tlsNotAfterMs: null,
    clockOffsetSeconds: 0,
    keyId: null,
    errorNumber: null,
    hasIdentity: false,
    ...more,
  };
}
