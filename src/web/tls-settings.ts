import { readFile } from "node:fs/promises";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { CIPHER_NAMES } from "../config/go-tls-names.ts";
import type { PemSource, TlsConfig } from "../model/web/web-config.ts";

/** A configured list of cipher suites applies to TLS up to 1.2, as in Go. Those of TLS 1.3 are always offered. */
const TLS_1_3_CIPHERS = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] as const;

/** Default cipher suites: those of Go, which use a new key for every connection. `TLS_RSA_*`, which does not, must be configured. */
const DEFAULT_CIPHERS = Object.entries(CIPHER_NAMES).flatMap(([name, cipher]) =>
  name.startsWith("TLS_RSA_") ? [] : [cipher],
);

/** The secure context of a TLS configuration. Reads its files; rejects if one cannot be read. */
export async function readSecureContext(tls: TlsConfig): Promise<SecureContextOptions> {
  const cert = await readPem(tls.certificate);
  const key = await readPem(tls.key);
  const ca = tls.clientCa === null ? null : await readPem(tls.clientCa);
  return {
    cert,
    key,
    ...(ca === null ? {} : { ca }),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ciphers: [...new Set([...TLS_1_3_CIPHERS, ...(tls.ciphers.length === 0 ? DEFAULT_CIPHERS : tls.ciphers)])].join(
      ":",
    ),
    ...(tls.curves.length === 0 ? {} : { ecdhCurve: tls.curves.join(":") }),
  };
}

async function readPem(source: PemSource): Promise<string> {
  return source.kind === "inline" ? source.pem : await readFile(source.path, "utf8");
}

/** Whether the server requests a client certificate. */
export function asksForCertificate(tls: TlsConfig): boolean {
  return tls.clientAuthType !== "NoClientCert";
}

/** Whether the client's certificate is sufficient. */
export function isClientAccepted(socket: TLSSocket, tls: TlsConfig): boolean {
  const certificate = socket.getPeerX509Certificate();
  const isGiven = certificate !== undefined;
  switch (tls.clientAuthType) {
    case "NoClientCert":
    case "RequestClientCert":
      return true;
    case "RequireAnyClientCert":
      return isGiven && hasAllowedName(certificate.subjectAltName, tls);
    case "VerifyClientCertIfGiven":
      return !isGiven || (socket.authorized && hasAllowedName(certificate.subjectAltName, tls));
    case "RequireAndVerifyClientCert":
      return isGiven && socket.authorized && hasAllowedName(certificate.subjectAltName, tls);
  }
}

function hasAllowedName(alternativeNames: string | undefined, tls: TlsConfig): boolean {
  if (tls.clientAllowedSans.length === 0) return true;
  // Sample: DNS:prometheus.example.com, IP Address:10.0.0.7, email:sre@example.com
  const names = (alternativeNames ?? "").split(", ").map((name) => name.replace(/^(?:DNS|IP Address|email|URI):/, ""));
  return names.some((name) => tls.clientAllowedSans.includes(name));
}
