import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { CLIENT_AUTH_TYPES } from "../model/web/web-config.ts";
import type { PemSource, TlsConfig, TlsVersion, WebConfig } from "../model/web/web-config.ts";
import { faultsOf } from "./schema-faults.ts";
import type { ConfigFault } from "./config-fault.ts";
import { CIPHER_NAMES, CURVE_NAMES } from "./go-tls-names.ts";
import { keysAt } from "./known-keys.ts";
import type { JsonSchema } from "./known-keys.ts";
import { readYaml } from "./source-map.ts";

export type ParsedWebConfig =
  | { readonly ok: true; readonly config: WebConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};
const VERSION_ORDER = Object.values(VERSIONS);

const text = (allowed: string) => z.string({ error: allowed }).min(1, allowed);
const known = (names: Readonly<Record<string, unknown>>) => {
  const allowed = `one of ${Object.keys(names).join(", ")}`;
  return z.string({ error: allowed }).refine((name) => Object.hasOwn(names, name), allowed);
};
const section = { error: "a map of keys" } as const;

const tlsSection = z
  .strictObject(
    {
      cert_file: text("a path").optional(),
      key_file: text("a path").optional(),
      cert: text("a PEM text").optional(),
      key: text("a PEM text").optional(),
      client_auth_type: z
        .enum(["", ...CLIENT_AUTH_TYPES], { error: `one of ${CLIENT_AUTH_TYPES.join(", ")}` })
        .optional(),
      client_ca_file: text("a path").optional(),
      client_ca: text("a PEM text").optional(),
      client_allowed_sans: z.array(text("a name"), { error: "a list of names" }).optional(),
      min_version: known(VERSIONS).default("TLS12"),
      max_version: known(VERSIONS).default("TLS13"),
      cipher_suites: z.array(known(CIPHER_NAMES), { error: "a list of cipher suites" }).default([]),
      prefer_server_cipher_suites: z.boolean({ error: "true or false" }).optional(),
      curve_preferences: z.array(known(CURVE_NAMES), { error: "a list of curves" }).default([]),
    },
    section,
  )
  .superRefine((tls, context) => {
    if (isEmpty(tls)) return;
    const complain = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (tls.cert === undefined && tls.cert_file === undefined)
      complain("cert_file", "the certificate's path (or its PEM text in cert)");
    if (tls.key === undefined && tls.key_file === undefined)
      complain("key_file", "the key's path (or its PEM text in key)");
    if (tls.cert !== undefined && tls.cert_file !== undefined) complain("cert", "either cert or cert_file");
    if (tls.key !== undefined && tls.key_file !== undefined) complain("key", "either key or key_file");
    if (tls.client_ca !== undefined && tls.client_ca_file !== undefined)
      complain("client_ca", "either client_ca or client_ca_file");
    const hasCa = tls.client_ca !== undefined || tls.client_ca_file !== undefined;
    if (hasCa && ["", "NoClientCert", undefined].includes(tls.client_auth_type))
      complain("client_auth_type", "one that asks for a certificate, since there is a client CA");
    if (versionRank(tls.min_version) > versionRank(tls.max_version))
      complain("max_version", `a version not below min_version (${tls.min_version})`);
  });

const headerOf = (values: readonly string[]) => {
  const allowed = values.length === 0 ? "a value" : `one of ${values.join(", ")}`;
  return text(allowed)
    .refine((value) => values.length === 0 || values.includes(value.toLowerCase()), allowed)
    .optional();
};
/** The headers that the exporter-toolkit allows in the file, with their allowed values. */
const headersSection = z.strictObject(
  {
    "Strict-Transport-Security": headerOf([]),
    "X-Content-Type-Options": headerOf(["nosniff"]),
    "X-Frame-Options": headerOf(["deny", "sameorigin"]),
    "X-XSS-Protection": headerOf([]),
    "Content-Security-Policy": headerOf([]),
  },
  section,
);

/** Samples: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG, $2b$… */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const A_HASH =
  "a bcrypt hash that begins with $2y$, $2b$ or $2a$ (those of $2x$ and $2$ are of old faulty versions, and no password fits them)";

const WEB_CONFIG_SCHEMA = z.strictObject(
  {
    tls_server_config: tlsSection.optional(),
    http_server_config: z
      .strictObject(
        {
          // The exporter uses HTTP/1.1 whatever this says; a client that prefers HTTP/2 falls back to it.
          http2: z.boolean({ error: "true or false" }).optional(),
          headers: headersSection.optional(),
        },
        section,
      )
      .optional(),
    basic_auth_users: z
      .record(text("a user name"), z.string({ error: A_HASH }).regex(BCRYPT, A_HASH), section)
      .default({}),
  },
  section,
);

/**
 * Parses a web configuration in the format of Prometheus' exporter-toolkit. Returns all faults at once. Relative paths
 * in it are relative to `folder`, the folder of the file.
 */
export function parseWebConfig(yaml: string, folder: string): ParsedWebConfig {
  const read = readYaml(yaml);
  if (read.faults.length > 0) return { ok: false, faults: read.faults };
  const value = read.value ?? {};
  const parsed = WEB_CONFIG_SCHEMA.safeParse(value);
  if (!parsed.success) {
    const schema: JsonSchema = z.toJSONSchema(WEB_CONFIG_SCHEMA, { io: "input", unrepresentable: "any" });
    const faults = faultsOf(parsed.error.issues, {
      value,
      source: read.source,
      keysAt: (path) => keysAt(schema, path),
      flagOf: () => null,
    });
    return { ok: false, faults: faults.map(withoutSecret) };
  }
  const { tls_server_config: tls, http_server_config: http, basic_auth_users: users } = parsed.data;
  return {
    ok: true,
    config: {
      tls: tls === undefined || isEmpty(tls) ? null : tlsConfig(tls, folder),
      headers: givenHeaders(http?.headers ?? {}),
      basicAuthUsers: new Map(Object.entries(users)),
      asksForHttp2: http?.http2 === true && tls !== undefined && !isEmpty(tls),
    },
  };
}

function givenHeaders(headers: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** True when nothing in it asks for TLS: the same as leaving the section out. */
function isEmpty(tls: { readonly [key: string]: unknown }): boolean {
  return ["cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file", "client_auth_type"].every(
    (key) => tls[key] === undefined || tls[key] === "",
  );
}

/** Hides the value of a mistyped hash or key. */
function withoutSecret(fault: ConfigFault): ConfigFault {
  const isSecret = fault.path.startsWith("basic_auth_users.") || fault.path.startsWith("tls_server_config.key");
  return isSecret && fault.found !== "missing" ? { ...fault, found: "something else" } : fault;
}

function tlsConfig(tls: z.output<typeof tlsSection>, folder: string): TlsConfig {
  return {
    certificate: pemSource(tls.cert, tls.cert_file, folder) ?? { kind: "inline", pem: "" },
    key: pemSource(tls.key, tls.key_file, folder) ?? { kind: "inline", pem: "" },
    clientCa: pemSource(tls.client_ca, tls.client_ca_file, folder),
    clientAuthType: CLIENT_AUTH_TYPES.find((type) => type === tls.client_auth_type) ?? "NoClientCert",
    clientAllowedSans: tls.client_allowed_sans ?? [],
    minVersion: VERSIONS[tls.min_version] ?? "TLSv1.2",
    maxVersion: VERSIONS[tls.max_version] ?? "TLSv1.3",
    ciphers: tls.cipher_suites.map((name) => CIPHER_NAMES[name] ?? name),
    curves: tls.curve_preferences.map((name) => CURVE_NAMES[name] ?? name),
  };
}

function pemSource(pem: string | undefined, file: string | undefined, folder: string): PemSource | null {
  if (pem !== undefined) return { kind: "inline", pem };
  if (file === undefined) return null;
  return { kind: "file", path: isAbsolute(file) ? file : resolve(folder, file) };
}

function versionRank(name: string): number {
  return VERSION_ORDER.indexOf(VERSIONS[name] ?? "TLSv1.2");
}
