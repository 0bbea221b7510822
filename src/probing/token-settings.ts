import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";

/** The application that requests tokens, as configured. */
export interface TokenSettings {
  /** `https://login.microsoftonline.com/<tenant>`. */
  readonly authority: string;
  readonly clientId: string;
  readonly secretFile: string | null;
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
  /** `oidc` for AD FS and other providers, whose discovery document names their endpoints. */
  readonly protocol: "aad" | "oidc";
}

/** The application's credential, read from its files. It is sent only to the authority. */
export type Credential =
  | { readonly kind: "secret"; readonly secret: string }
  | {
      readonly kind: "certificate";
      /** SHA-256, hex without colons. */
      readonly thumbprintSha256: string;
      /** PEM. */
      readonly privateKey: string;
      /** PEM of the certificate and the other content of its file. */
      readonly chain: string;
      /** Unix milliseconds. */
      readonly notAfterMs: number;
    };

/** An unusable credential file. The message names the file and the fault, never its content. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
}

const MAX_FILE_BYTES = 65_536;

/** Reads the secret, or the certificate with its key. Throws `CredentialError`. */
export async function readCredential(settings: TokenSettings): Promise<Credential> {
  const { secretFile, certificateFile, keyFile } = settings;
  if (secretFile !== null) {
    const secret = (await textOf(secretFile)).trim();
    if (secret === "") throw new CredentialError(`Cannot use the secret in "${secretFile}": the file is empty`);
    return { kind: "secret", secret };
  }
  if (certificateFile === null || keyFile === null)
    throw new CredentialError(
      "Cannot request a token: neither secretFile nor certificateFile with keyFile is configured",
    );
  return certificateOf(
    { file: certificateFile, text: await textOf(certificateFile) },
    { file: keyFile, text: await textOf(keyFile) },
  );
}

interface NamedText {
  readonly file: string;
  readonly text: string;
}

function certificateOf(chain: NamedText, key: NamedText): Credential {
  const certificate = parsed(() => new X509Certificate(chain.text), `the certificate in "${chain.file}"`);
  const privateKey = parsed(() => createPrivateKey(key.text), `the private key in "${key.file}"`);
  if (!certificate.checkPrivateKey(privateKey))
    throw new CredentialError(
      `Cannot use the private key in "${key.file}": it does not belong to the certificate in "${chain.file}"`,
    );
  return {
    kind: "certificate",
    thumbprintSha256: certificate.fingerprint256.replaceAll(":", ""),
    privateKey: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    chain: chain.text,
    notAfterMs: Date.parse(certificate.validTo),
  };
}

function parsed<T>(parse: () => T, what: string): T {
  try {
    return parse();
  } catch {
    // The cause may quote the file's content.
    throw new CredentialError(`Cannot use ${what}: it is not unencrypted PEM`);
  }
}

async function textOf(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CredentialError(`Cannot read "${file}": ${code}`);
  }
  if (text.length > MAX_FILE_BYTES) throw new CredentialError(`Cannot use "${file}": it has more than 64 KiB`);
  return text;
}
