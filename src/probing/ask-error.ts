import type { ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";

export type AskPhase = "connect" | "tls" | "processing";

/** The certificate did not prove the server's name; `code` is the error code of OpenSSL or Node.js. */
export class CertificateRefused extends Error {
  override readonly name = "CertificateRefused";
  readonly code: string;

  constructor(code: string) {
    super(`Cannot trust the certificate: ${code}`);
    this.code = code;
  }
}

interface Failure {
  readonly verdict: ProbeVerdict;
  readonly reason: ProbeReason;
}

/**
 * Why a request had no answer, by the phase in which it failed. `error` is null after a time-out. Never contains the error's own text,
 * which may contain addresses.
 */
export function reasonOfError(error: unknown, phase: AskPhase): Failure {
  const code = codeOf(error);
  switch (phase) {
    case "connect":
      return { verdict: "unreachable", reason: error === null ? "connect_timeout" : connectReason(code) };
    case "tls":
      return { verdict: "tls", reason: error === null ? "answer_timeout" : tlsReason(code) };
    case "processing":
      return { verdict: "unknown", reason: error === null ? "answer_timeout" : answerReason(code) };
  }
}

function connectReason(code: string): ProbeReason {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "name";
  if (code === "ETIMEDOUT") return "connect_timeout";
  return code === "ECONNREFUSED" || code === "ECONNRESET" ? "refused" : "no_route";
}

function tlsReason(code: string): ProbeReason {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "certificate_name";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return "certificate_expired";
  // Sample: DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, SELF_SIGNED_CERT_IN_CHAIN
  return /CERT|LEAF_SIGNATURE|ISSUER/.test(code) && !code.startsWith("ERR_SSL") ? "certificate_untrusted" : "handshake";
}

function answerReason(code: string): ProbeReason {
  return code === "HPE_HEADER_OVERFLOW" ? "too_large" : "broken";
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}
