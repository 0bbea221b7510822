import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MadeCertificate {
  readonly pem: string;
  readonly key: string;
  /** Base64 of DER. */
  readonly der: string;
  /** SHA-1, hex, upper case. */
  readonly thumbprint: string;
  /** SHA-1, base64url: `x5t` of a JSON web key. */
  readonly x5t: string;
  readonly notAfterMs: number;
}

export interface CertificateMaker {
  /** The authority's own certificate. */
  readonly authority: MadeCertificate;
  /** A server certificate issued by the authority. */
  readonly server: (name: string, extra?: readonly string[]) => MadeCertificate;
  /** A self-signed certificate, as used for signing keys. */
  readonly selfSigned: (name: string, days?: number) => MadeCertificate;
  readonly close: () => void;
}

/** Creates certificates with the openssl program in its own folder, which `close()` removes. */
export function openCertificateMaker(): CertificateMaker {
  const folder = mkdtempSync(join(tmpdir(), "hma-certificates-"));
  let count = 0;
  const run = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const made = (base: string): MadeCertificate => {
    const pem = readFileSync(join(folder, `${base}.pem`), "utf8");
    const certificate = new X509Certificate(pem);
    const digest = createHash("sha1").update(certificate.raw);
    const hex = digest.digest("hex");
    return {
      pem,
      key: readFileSync(join(folder, `${base}.key`), "utf8"),
      der: certificate.raw.toString("base64"),
      thumbprint: hex.toUpperCase(),
      x5t: Buffer.from(hex, "hex").toString("base64url"),
      notAfterMs: Date.parse(certificate.validTo),
    };
  };
  const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const selfSigned = (name: string, days = 365): MadeCertificate => {
    const base = `c${count++}`;
    run(
      "req",
      "-x509",
      ...KEY,
      "-keyout",
      `${base}.key`,
      "-out",
      `${base}.pem`,
      "-subj",
      `/CN=${name}`,
      "-days",
      String(days),
    );
    return made(base);
  };
  const authority = selfSigned("Test authority");
  writeFileSync(join(folder, "ca.pem"), authority.pem);
  writeFileSync(join(folder, "ca.key"), authority.key);
  return {
    authority,
    selfSigned,
    server: (name, extra = ["-days", "30"]) => {
      const base = `c${count++}`;
      writeFileSync(join(folder, `${base}.ext`), `subjectAltName=DNS:${name}\n`);
      run("req", "-new", ...KEY, "-keyout", `${base}.key`, "-out", `${base}.csr`, "-subj", `/CN=${name}`);
      run(
        "x509",
        "-req",
        "-in",
        `${base}.csr`,
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-extfile",
        `${base}.ext`,
        "-out",
        `${base}.pem`,
        ...extra,
      );
      return made(base);
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
