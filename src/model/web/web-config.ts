/** The web configuration file of Prometheus' exporter-toolkit (`--web.config.file`), parsed. */
export interface WebConfig {
  /** Null: plain HTTP. */
  readonly tls: TlsConfig | null;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hash by user name; empty: no password is required. */
  readonly basicAuthUsers: ReadonlyMap<string, string>;
  /**
   * The file asks for HTTP/2 explicitly, which the exporter does not support. When the file does not mention it,
   * clients simply use HTTP/1.1.
   */
  readonly asksForHttp2: boolean;
}

export const NO_WEB_CONFIG: WebConfig = { tls: null, headers: {}, basicAuthUsers: new Map(), asksForHttp2: false };

/** Handling of client certificates, in the terms of Go's crypto/tls. */
export const CLIENT_AUTH_TYPES = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** A PEM text, or the absolute path of the file that holds it. */
export type PemSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "inline"; readonly pem: string };

export interface TlsConfig {
  readonly certificate: PemSource;
  readonly key: PemSource;
  readonly clientCa: PemSource | null;
  readonly clientAuthType: ClientAuthType;
  /** A client certificate must have one of these alternative names; empty: any certificate is accepted. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL names; empty: Node's defaults. */
  readonly ciphers: readonly string[];
  /** OpenSSL names; empty: Node's defaults. */
  readonly curves: readonly string[];
}
