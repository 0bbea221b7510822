import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with a CA, server certificates and client certificates for the test. */
export interface Certificates {
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Creates `<name>.pem` and `<name>.key`, signed by the CA of that name (default: `ca`), or self-signed. */
  readonly make: (
    name: string,
    options?: { readonly ca?: string | null; readonly san?: string; readonly isRsa?: boolean },
  ) => void;
  readonly remove: () => void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "hma-certificates-"));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const make: Certificates["make"] = (name, { ca = "ca", san = "DNS:localhost,IP:127.0.0.1", isRsa = false } = {}) => {
    const newKey = [
      "-newkey",
      ...(isRsa ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]),
      "-nodes",
      "-keyout",
      path(`${name}.key`),
      "-subj",
      `/CN=${name}`,
    ];
    if (ca === null)
      return openssl(
        "req",
        "-x509",
        ...newKey,
        "-out",
        path(`${name}.pem`),
        "-days",
        "2",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
      );
    openssl("req", "-new", ...newKey, "-out", path(`${name}.csr`));
    writeFileSync(path(`${name}.ext`), `subjectAltName=${san}\n`);
    openssl(
      "x509",
      "-req",
      "-in",
      path(`${name}.csr`),
      "-CA",
      path(`${ca}.pem`),
      "-CAkey",
      path(`${ca}.key`),
      "-CAcreateserial",
      "-days",
      "2",
      "-extfile",
      path(`${name}.ext`),
      "-out",
      path(`${name}.pem`),
    );
  };
  make("ca", { ca: null });
  return { folder, path, make, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
