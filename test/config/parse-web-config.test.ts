import { describe, expect, test } from "@jest/globals";
import { formatFault } from "../../src/config/config-fault.ts";
import { CIPHER_NAMES, CURVE_NAMES } from "../../src/config/go-tls-names.ts";
import { parseWebConfig } from "../../src/config/parse-web-config.ts";
import { getCiphers, createSecureContext } from "node:tls";

const HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

function faultsOf(yaml: string): readonly string[] {
  const parsed = parseWebConfig(yaml, "/etc/hma");
  return parsed.ok ? [] : parsed.faults.map(formatFault);
}

describe("parseWebConfig()", () => {
  test("reads all parts of a file", () => {
    const parsed = parseWebConfig(
      `
tls_server_config:
  cert_file: server.pem
  key_file: /secure/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ../ca.pem
  client_allowed_sans: [prometheus.example.com]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: true
  headers: { X-Frame-Options: DENY, X-XSS-Protection: "0" }
basic_auth_users:
  prometheus: ${HASH}
`,
      "/etc/hma",
    );
    expect(parsed).toEqual({
      ok: true,
      config: {
        tls: {
          certificate: { kind: "file", path: "/etc/hma/server.pem" },
          key: { kind: "file", path: "/secure/server.key" },
          clientCa: { kind: "file", path: "/etc/ca.pem" },
          clientAuthType: "RequireAndVerifyClientCert",
          clientAllowedSans: ["prometheus.example.com"],
          minVersion: "TLSv1.2",
          maxVersion: "TLSv1.3",
          ciphers: ["ECDHE-RSA-AES128-GCM-SHA256"],
          curves: ["prime256v1", "X25519"],
        },
        headers: { "X-Frame-Options": "DENY", "X-XSS-Protection": "0" },
        basicAuthUsers: new Map([["prometheus", HASH]]),
        asksForHttp2: true,
      },
    });
  });

  test("accepts certificates embedded in the file", () => {
    const parsed = parseWebConfig("tls_server_config: { cert: PEM, key: PEM2 }", "/");
    expect(parsed).toMatchObject({
      ok: true,
      config: { tls: { certificate: { kind: "inline", pem: "PEM" }, key: { kind: "inline", pem: "PEM2" } } },
    });
  });

  test.each(["", "{}", "tls_server_config: {}", "tls_server_config: { min_version: TLS13 }"])(
    "treats %j as plain HTTP",
    (yaml) => {
      expect(parseWebConfig(yaml, "/")).toEqual({
        ok: true,
        config: { tls: null, headers: {}, basicAuthUsers: new Map(), asksForHttp2: false },
      });
    },
  );

  test("reports all faults at once", () => {
    expect(
      faultsOf(`
tls_server_config:
  cert_fle: server.pem
  client_auth_type: Sometimes
  min_version: SSL3
  cipher_suites: [TLS_NULL]
http_server_config:
  headers: { X-Frame-Options: never, Server: me }
basic_auth_users: { bob: hunter2 }
`),
    ).toEqual([
      "line 3, column 3: tls_server_config.cert_fle: found a key that does not exist, allowed is tls_server_config.cert_file (the nearest)",
      "line 4, column 21: tls_server_config.client_auth_type: found Sometimes, allowed is one of NoClientCert, " +
        "RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
      "line 5, column 16: tls_server_config.min_version: found SSL3, allowed is one of TLS10, TLS11, TLS12, TLS13",
      expect.stringMatching(
        /^line 6, column 19: tls_server_config\.cipher_suites\[0\]: found TLS_NULL, allowed is one of TLS_AES_128_GCM_SHA256, /,
      ),
      "line 8, column 31: http_server_config.headers.X-Frame-Options: found never, allowed is one of deny, sameorigin",
      "line 8, column 38: http_server_config.headers.Server: found a key that does not exist, allowed is one of " +
        "the keys Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection, " +
        "Content-Security-Policy",
      expect.stringMatching(
        /^line 9, column 26: basic_auth_users\.bob: found something else, allowed is a bcrypt hash that begins with \$2y\$/,
      ),
    ]);
  });

  test.each([
    ["tls_server_config: { cert_file: a }", "key_file"],
    ["tls_server_config: { key_file: a }", "cert_file"],
    ["tls_server_config: { cert_file: a, cert: b, key_file: c }", "tls_server_config.cert:"],
    ["tls_server_config: { cert_file: a, key_file: b, client_ca_file: c }", "client_auth_type"],
    ["tls_server_config: { cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12 }", "max_version"],
  ])("reports a contradiction: %s", (yaml, key) => {
    expect(faultsOf(yaml)).toEqual([expect.stringContaining(key)]);
  });

  test.each([
    ["a password", "basic_auth_users: { bob: hunter2 }", "hunter2"],
    ["a key", "tls_server_config: { cert: x, key: [secret] }", "secret"],
  ])("never shows %s when it refuses it", (_name, yaml, secret) => {
    expect(faultsOf(yaml).length).toBeGreaterThan(0);
    expect(faultsOf(yaml).join("\n")).not.toContain(secret);
  });
});

test("this Node.js supports all listed cipher suites and curves", () => {
  const known = new Set(getCiphers().map((name) => name.toUpperCase()));
  expect(Object.values(CIPHER_NAMES).filter((name) => !known.has(name.toUpperCase()))).toEqual([]);
  expect(() => createSecureContext({ ecdhCurve: Object.values(CURVE_NAMES).join(":") })).not.toThrow();
});

test.each(["$2x$", "$2$", "$1$"])("refuses a hash of %s, states what is supported, and does not show it", (prefix) => {
  const rest = "10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
  const parsed = parseWebConfig(`basic_auth_users: { prometheus: "${prefix}${rest}" }`, "/etc");
  const text = JSON.stringify(parsed);
  expect(parsed.ok).toBe(false);
  expect(text).toContain("a bcrypt hash that begins with $2y$, $2b$ or $2a$");
  expect(text).not.toContain("X0h1gDsPsz");
});
