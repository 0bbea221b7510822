import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { Agent, request } from "node:https";
import type { RequestOptions } from "node:https";
import { connect } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { readWebConfig } from "../../src/config/read-web-config.ts";
import { listen } from "../../src/web/listen.ts";
import type { Listener } from "../../src/web/listen.ts";
import type { WebConfigSource } from "../../src/web/web-security.ts";
import { createWebApp } from "../../src/web/web-app.ts";
import { NO_WEB_CONFIG } from "../../src/model/web/web-config.ts";
import { makeCertificates } from "./certificates.ts";
import type { Certificates } from "./certificates.ts";
import { fakeQueries, UNCHANGED, withApp } from "./web-fixture.ts";

let certificates: Certificates;
const faults: unknown[] = [];

beforeAll(() => {
  certificates = makeCertificates();
  for (const name of ["server", "second", "client"]) certificates.make(name);
  certificates.make("stranger-ca", { ca: null });
  certificates.make("stranger", { ca: "stranger-ca" });
});
afterAll(() => certificates.remove());

const TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";
const USERS = `basic_auth_users:\n  prometheus: ${hashSync("s3cret:with colon", 4)}\n`;

/** Only the test checks it for changes. */
function sourceOf(yaml: string): WebConfigSource {
  const path = certificates.path("web.yml");
  writeFileSync(path, yaml);
  return { read: () => readWebConfig(path), onFault: (error) => faults.push(error), pollMs: 3_600_000 };
}

const rewrite = (yaml: string): void => writeFileSync(certificates.path("web.yml"), yaml);

function get(
  { port }: Listener,
  path: string,
  options: RequestOptions = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        servername: "localhost",
        port,
        path,
        ca: readFileSync(certificates.path("ca.pem")),
        agent: false,
        ...options,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

const client = (name: string): RequestOptions => ({
  cert: readFileSync(certificates.path(`${name}.pem`)),
  key: readFileSync(certificates.path(`${name}.key`)),
});
const basic = (user: string, password: string): RequestOptions => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
});
const withTls = <T>(yaml: string, use: (listener: Listener) => Promise<T>): Promise<T> =>
  withApp(fakeQueries(), use, { webConfig: sourceOf(yaml) });

async function handshake(listener: Listener, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    servername: "localhost",
    port: listener.port,
    ca: readFileSync(certificates.path("ca.pem")),
    ...options,
  });
  await once(socket, "secureConnect");
  return socket;
}

describe("listen()", () => {
  test("returns the assigned port, and frees it", async () => {
    const listener = await listen(createWebApp(fakeQueries()), "127.0.0.1:0");
    expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
    await listener.close();
    const again = await listen(createWebApp(fakeQueries()), `127.0.0.1:${listener.port}`);
    await again.close();
  });

  test("listens on IPv6 loopback", async () => {
    const listener = await listen(createWebApp(fakeQueries()), "[::1]:0");
    expect((await fetch(`http://[::1]:${listener.port}/-/healthy`)).status).toBe(200);
    await listener.close();
  });

  test.each(["10401", "localhost", "1.2.3.4:99999", "::1:9", ""])("refuses the address %p", async (address) => {
    await expect(listen(createWebApp(fakeQueries()), address)).rejects.toThrow("Cannot listen on");
  });

  test("reports an address in use", async () => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const bound = holder.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    await expect(listen(createWebApp(fakeQueries()), `127.0.0.1:${port}`)).rejects.toThrow(
      /Cannot listen on "127\.0\.0\.1:\d+": .*EADDRINUSE/,
    );
    holder.close();
  });

  test("close() waits for the answer in progress, and closes idle connections", async () => {
    let finish: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isAsked: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const queries = fakeQueries({
      reload: async () => {
        isAsked?.();
        await held;
        return UNCHANGED;
      },
    });
    const listener = await listen(createWebApp(queries), "127.0.0.1:0");
    const answer = fetch(`${listener.url}/-/reload`, { method: "POST" });
    await asked;
    const closed = listener.close();
    finish?.();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(`${listener.url}/-/healthy`)).rejects.toThrow();
  });

  test("rejects at the start with all faults of the configuration", async () => {
    const source = sourceOf("tls_server_config: { cert_file: 1, min_version: SSL3 }");
    await expect(listen(createWebApp(fakeQueries()), "127.0.0.1:0", source)).rejects.toThrow(/cert_file.*min_version/);
  });

  test("rejects a missing certificate", async () => {
    await expect(
      listen(
        createWebApp(fakeQueries()),
        "127.0.0.1:0",
        sourceOf("tls_server_config: { cert_file: gone.pem, key_file: gone.key }"),
      ),
    ).rejects.toThrow("ENOENT");
  });
});

describe("TLS", () => {
  test("serves the same pages over TLS, and service discovery has the scheme https", async () => {
    await withTls(TLS, async (listener) => {
      expect(listener.url).toMatch(/^https:/);
      expect((await get(listener, "/metrics")).status).toBe(200);
      expect((await get(listener, "/sd")).text).toContain('"__scheme__":"https"');
      await expect(fetch(`http://127.0.0.1:${listener.port}/metrics`)).rejects.toThrow();
    });
  });

  test("uses only the versions and cipher suites of the file", async () => {
    await withTls(
      `${TLS}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n`,
      async (listener) => {
        const socket = await handshake(listener);
        expect([socket.getProtocol(), socket.getCipher().standardName]).toEqual([
          "TLSv1.2",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ]);
        socket.destroy();
        await expect(get(listener, "/metrics", { minVersion: "TLSv1.3" })).rejects.toThrow();
        await expect(
          get(listener, "/metrics", { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256", maxVersion: "TLSv1.2" }),
        ).rejects.toThrow();
      },
    );
  });

  test("offers the defaults of Go: nothing without forward secrecy, unless it is listed", async () => {
    certificates.make("rsa", { isRsa: true });
    const rsa = TLS.replaceAll("server.", "rsa.");
    const asks = (ciphers: string): RequestOptions => ({ ciphers, maxVersion: "TLSv1.2" });
    await withTls(rsa, async (listener) => {
      for (const suite of [
        "AES128-GCM-SHA256",
        "AES256-SHA256",
        "AES128-SHA",
        "AES256-SHA",
        "DHE-RSA-AES128-GCM-SHA256",
      ])
        await expect(get(listener, "/metrics", asks(suite))).rejects.toThrow();
      expect((await get(listener, "/metrics", asks("ECDHE-RSA-AES128-GCM-SHA256"))).status).toBe(200);
    });
    await withTls(`${rsa}  cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256]\n`, async (listener) => {
      expect((await get(listener, "/metrics", asks("AES128-GCM-SHA256"))).status).toBe(200);
    });
  });

  test("applies a list of cipher suites to TLS 1.2, and still offers 1.3", async () => {
    await withTls(`${TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n`, async (listener) => {
      const socket = await handshake(listener);
      expect(socket.getProtocol()).toBe("TLSv1.3");
      socket.destroy();
    });
  });

  test.each([
    ["NoClientCert", { none: true, stranger: true, client: true }],
    ["RequestClientCert", { none: true, stranger: true, client: true }],
    ["RequireAnyClientCert", { none: false, stranger: true, client: true }],
    ["VerifyClientCertIfGiven", { none: true, stranger: false, client: true }],
    ["RequireAndVerifyClientCert", { none: false, stranger: false, client: true }],
  ])("with client_auth_type %s", async (type, { none, stranger, client: known }) => {
    const ca = type === "NoClientCert" ? "" : "  client_ca_file: ca.pem\n";
    await withTls(`${TLS}  client_auth_type: ${type}\n${ca}`, async (listener) => {
      const isServed = (options: RequestOptions): Promise<boolean> =>
        get(listener, "/-/healthy", options).then(
          ({ status }) => status === 200,
          () => false,
        );
      expect({
        none: await isServed({}),
        stranger: await isServed(client("stranger")),
        client: await isServed(client("client")),
      }).toEqual({ none, stranger, client: known });
    });
  });

  test("refuses a client whose names are not among client_allowed_sans", async () => {
    certificates.make("named", { san: "DNS:prometheus.example.com" });
    await withTls(
      `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  client_allowed_sans: [prometheus.example.com]\n`,
      async (listener) => {
        expect((await get(listener, "/-/healthy", client("named"))).status).toBe(200);
        await expect(get(listener, "/-/healthy", client("client"))).rejects.toThrow();
      },
    );
  });

  test("uses a new certificate without dropping connections", async () => {
    await withTls(TLS, async (listener) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const sockets = new Set<unknown>();
      const kept = { agent };
      agent.on("free", (socket) => sockets.add(socket));
      expect((await get(listener, "/-/healthy", kept)).status).toBe(200);
      rewrite(TLS.replaceAll("server.", "second."));
      await listener.refresh();
      const fresh = await handshake(listener);
      expect(fresh.getPeerCertificate().subject.CN).toBe("second");
      fresh.destroy();
      expect((await get(listener, "/-/healthy", kept)).status).toBe(200);
      expect(sockets.size).toBe(1);
      agent.destroy();
    });
  });

  test("uses a certificate that was replaced under the same name", async () => {
    certificates.make("rolling");
    await withTls(TLS.replaceAll("server.", "rolling."), async (listener) => {
      const serial = async (): Promise<string> => {
        const socket = await handshake(listener);
        const { serialNumber } = socket.getPeerCertificate();
        socket.destroy();
        return serialNumber;
      };
      const before = await serial();
      certificates.make("rolling");
      await listener.refresh();
      expect(await serial()).not.toBe(before);
    });
  });

  test("requests client certificates as soon as the file requires it", async () => {
    await withTls(TLS, async (listener) => {
      expect((await get(listener, "/-/healthy")).status).toBe(200);
      rewrite(`${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n`);
      await listener.refresh();
      await expect(get(listener, "/-/healthy")).rejects.toThrow();
      expect((await get(listener, "/-/healthy", client("client"))).status).toBe(200);
    });
  });

  test.each([
    ["is no YAML", "tls_server_config: ["],
    [
      "contains a key that does not match the certificate",
      "tls_server_config: { cert_file: server.pem, key_file: second.key }",
    ],
    ["contains a file that does not exist", "tls_server_config: { cert_file: gone.pem, key_file: gone.key }"],
    ["drops TLS", "{}"],
  ])("continues unchanged if the file %s", async (_name, yaml) => {
    await withTls(TLS, async (listener) => {
      faults.length = 0;
      rewrite(yaml);
      await listener.refresh();
      await listener.refresh();
      expect(faults).toHaveLength(1);
      expect((await get(listener, "/-/healthy")).status).toBe(200);
    });
  });

  test("a failed handshake does not affect other clients", async () => {
    await withTls(TLS, async (listener) => {
      await expect(
        get(listener, "/-/healthy", { ca: readFileSync(certificates.path("stranger-ca.pem")) }),
      ).rejects.toThrow();
      expect((await get(listener, "/-/healthy")).status).toBe(200);
    });
  });
});

describe("basic auth", () => {
  test("admits clients with the password, and no others, to all pages", async () => {
    await withTls(TLS + USERS, async (listener) => {
      expect((await get(listener, "/metrics", basic("prometheus", "s3cret:with colon"))).status).toBe(200);
      for (const path of ["/", "/metrics", "/-/healthy", "/nope"]) {
        const refused = await get(listener, path);
        expect([refused.status, refused.headers["www-authenticate"]]).toEqual([
          401,
          'Basic realm="hma-exporter", charset="UTF-8"',
        ]);
        expect(refused.text).toBe("Unauthorized\n");
      }
      expect((await get(listener, "/metrics", basic("prometheus", "wrong"))).status).toBe(401);
      expect((await get(listener, "/metrics", basic("nobody", "s3cret:with colon"))).status).toBe(401);
      expect((await get(listener, "/metrics", { headers: { authorization: "Basic !!!" } })).status).toBe(401);
      expect((await get(listener, "/metrics", { headers: { authorization: "Bearer x" } })).status).toBe(401);
    });
  });

  test("applies changed users at once, and forgets the old ones", async () => {
    await withTls(TLS + USERS, async (listener) => {
      expect((await get(listener, "/-/healthy", basic("prometheus", "s3cret:with colon"))).status).toBe(200);
      rewrite(`${TLS}basic_auth_users:\n  prometheus: ${hashSync("new", 4)}\n`);
      await listener.refresh();
      expect((await get(listener, "/-/healthy", basic("prometheus", "s3cret:with colon"))).status).toBe(401);
      expect((await get(listener, "/-/healthy", basic("prometheus", "new"))).status).toBe(200);
    });
  });

  test("keeps its users if the file no longer has any, and reports it", async () => {
    const folder = certificates.path("web.yml");
    const source = {
      read: () => readWebConfig(folder),
      onFault: (error: unknown) => faults.push(error),
      pollMs: 3_600_000,
    };
    rewrite(USERS);
    await withApp(
      fakeQueries(),
      async (listener) => {
        faults.length = 0;
        for (const emptied of ["", "basic_auth_users: {}\n"]) {
          rewrite(emptied);
          await listener.refresh();
        }
        expect(faults.map(String)).toEqual([expect.stringContaining("Cannot remove all users")]);
        expect((await fetch(`${listener.url}/metrics`)).status).toBe(401);
      },
      { webConfig: source },
    );
  });

  test("refuses a flood of passwords, and still admits those it has checked", async () => {
    await withTls(`${TLS}basic_auth_users:\n  prometheus: ${hashSync("right", 8)}\n`, async (listener) => {
      const right = basic("prometheus", "right");
      expect((await get(listener, "/-/healthy", right)).status).toBe(200);
      const flood = Promise.all(
        Array.from({ length: 60 }, (_, index) => get(listener, "/-/healthy", basic("prometheus", `guess ${index}`))),
      );
      expect((await get(listener, "/-/healthy", right)).status).toBe(200);
      const statuses = new Set((await flood).map(({ status }) => status));
      expect([...statuses].every((status) => status === 401 || status === 503)).toBe(true);
    });
  });

  test("allows /-/reload for a client with a password, even through a proxy", async () => {
    await withTls(TLS + USERS, async (listener) => {
      const answer = await get(listener, "/-/reload", {
        method: "POST",
        ...basic("prometheus", "s3cret:with colon"),
        headers: { ...basic("prometheus", "s3cret:with colon").headers, "x-forwarded-for": "203.0.113.9" } as Record<
          string,
          string
        >,
      });
      expect(answer.status).toBe(200);
    });
  });
});

describe("headers of the file", () => {
  test("are in every answer and replace the exporter's own", async () => {
    const yaml =
      `${TLS}http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n    Strict-Transport-Security: ` +
      `max-age=31536000\n    Content-Security-Policy: "frame-ancestors 'self'"\n`;
    await withTls(yaml, async (listener) => {
      for (const path of ["/", "/metrics", "/nope"]) {
        const { headers } = await get(listener, path);
        expect(headers).toMatchObject({
          "x-frame-options": "sameorigin",
          "strict-transport-security": "max-age=31536000",
          "content-security-policy": "frame-ancestors 'self'",
        });
      }
    });
  });
});

test("accepts exactly the web configurations that promtool accepts", async () => {
  const cases = [
    TLS,
    USERS,
    TLS + USERS,
    "",
    "tls_server_config: {}",
    `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n`,
    `${TLS}  client_auth_type: RequireAndVerifyClientCert\n`,
    `${TLS}  client_ca_file: ca.pem\n`,
    `${TLS}  client_auth_type: Sometimes\n`,
    `${TLS}  min_version: TLS13\n`,
    `${TLS}  min_version: SSL3\n`,
    `${TLS}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]\n`,
    `${TLS}  cipher_suites: [NOPE]\n`,
    `${TLS}  curve_preferences: [X25519, CurveP256]\n`,
    `${TLS}  curve_preferences: [X448]\n`,
    `${TLS}  nope: 1\n`,
    "tls_server_config: { cert_file: server.pem }",
    "tls_server_config: { key_file: server.key }",
    "http_server_config: { http2: false, headers: { X-Frame-Options: deny } }",
    "http_server_config: { headers: { X-Frame-Options: perhaps } }",
    "http_server_config: { headers: { Server: me } }",
    "basic_auth_users: [a]",
  ];
  for (const yaml of cases) {
    const path = certificates.path("web.yml");
    writeFileSync(path, yaml);
    const isOurs = await readWebConfig(path).then(
      () => true,
      () => false,
    );
    expect([yaml, isOurs]).toEqual([yaml, isPromtools(path)]);
  }
});

test("NO_WEB_CONFIG requires nothing", () => {
  expect(NO_WEB_CONFIG).toMatchObject({ tls: null, headers: {} });
});

function isPromtools(path: string): boolean {
  try {
    execFileSync("promtool", ["check", "web-config", path], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
