import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as tls from "node:tls";

/** A file of certificates that cannot be used; the message says which and why. */
export class TrustError extends Error {
  override readonly name = "TrustError";
}

/**
 * The certificates by which servers are trusted: the system's, Node's own, and those of `caFile` (PEM). Made once: parsing them costs
 * milliseconds, and every connection shares the result. Throws `TrustError`.
 */
export async function readTrust(caFile: string | null): Promise<tls.SecureContext> {
  if (caFile === null) return trustOf([]);
  let pem: string;
  try {
    pem = await readFile(caFile, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new TrustError(`Cannot read the certificates in "${caFile}": ${code}`, { cause: error });
  }
  try {
    // Throws where the first is none; what stands behind it is read by OpenSSL, which passes over the rest.
    new X509Certificate(pem);
    return trustOf([pem]);
  } catch (error) {
    throw new TrustError(`Cannot use the certificates in "${caFile}": PEM certificates are expected`, { cause: error });
  }
}

/** The same of texts in PEM. */
export function trustOf(pems: readonly string[]): tls.SecureContext {
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...systemCertificates(), ...pems] });
}

/** What the machine trusts besides: on Windows the organisation's own authority. Older releases of Node cannot tell. */
function systemCertificates(): readonly string[] {
  return typeof tls.getCACertificates === "function" ? tls.getCACertificates("system") : [];
}
