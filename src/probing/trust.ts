import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as tls from "node:tls";

/** An unusable file of certificates; the message names the file and the fault. */
export class TrustError extends Error {
  override readonly name = "TrustError";
}

/**
 * The trusted certificates: those of the system, of Node.js, and of `caFile` (PEM). Created once, because parsing takes milliseconds, and
 * shared by all connections. Throws `TrustError`.
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
    // Throws if the first certificate is invalid. OpenSSL reads the others and ignores invalid text after them.
    new X509Certificate(pem);
    return trustOf([pem]);
  } catch (error) {
    throw new TrustError(`Cannot use the certificates in "${caFile}": PEM certificates are expected`, { cause: error });
  }
}

/** The same for PEM texts. */
export function trustOf(pems: readonly string[]): tls.SecureContext {
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...systemCertificates(), ...pems] });
}

/**
 * Certificates that the machine trusts in addition: on Windows, those of the organisation's own CA. Older releases of Node.js cannot read
 * them.
 */
function systemCertificates(): readonly string[] {
  return typeof tls.getCACertificates === "function" ? tls.getCACertificates("system") : [];
}
