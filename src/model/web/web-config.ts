/** The web configuration file of Prometheus' exporter-toolkit (`--web.config.file`), parsed. */
export interface WebConfig {
  /** Null: plain HTTP. */
  readonly tls: TlsConfig | null;
  /** Response headers that every answer carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** User name to bcrypt hash; empty: nobody needs to say who they are. */
  readonly basicAuthUsers: ReadonlyMap<string, string>;
  /** HTTP/2 is asked for in so many words, which is not spoken here. Without a word of it a client agrees to HTTP/1.1 unnoticed. */
  readonly asksForHttp2: boolean;
}

export const NO_WEB_CONFIG: WebConfig = { tls: null, headers: {}, basicAuthUsers: new Map(), asksForHttp2: false };

/** What a client certificate is asked for, in the words of Go's crypto/tls. */
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
  { readonly kind: "file"; readonly path: string } | { readonly kind: "inline"; readonly pem: string };

export interface TlsConfig {
  readonly certificate: PemSource;
  readonly key: PemSource;
  readonly clientCa: PemSource | null;
  readonly clientAuthType: ClientAuthType;
  /** A client certificate must carry one of these alternative names; empty: any will do. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL names; empty: Node's defaults. */
  readonly ciphers: readonly string[];
  /** OpenSSL names; empty: Node's defaults. */
  readonly curves: readonly string[];
}
