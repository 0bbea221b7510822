import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { TokenHttp } from "../../src/model/probe/token-http.ts";
import { openTokenSource, type TokenSource } from "../../src/probing/token-source.ts";
import type { TokenSettings } from "../../src/probing/token-settings.ts";
import type { ProviderAnswer, ProviderMessage } from "./oauth-provider.ts";
import { makeCertificates, type Certificates } from "../web/certificates.ts";

const CLIENT_ID = "00000000-1111-2222-3333-444444444444";
const SECRET = "s3cret-of-the-test";
let made: Certificates;
let provider: ChildProcess;
let settings: TokenSettings;
let http: TokenHttp;
let agent: Agent;
const seen: NonNullable<ProviderMessage["seen"]>[] = [];
let keyId: string;

/** The provider's next message that `read` accepts. */
function nextMessage<T>(read: (message: ProviderMessage) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const listen = (message: ProviderMessage): void => {
      const value = read(message);
      if (value === undefined) return;
      provider.off("message", listen);
      resolve(value);
    };
    provider.on("message", listen);
  });
}

/** Changes the provider's next answers. */
async function answerWith(next: ProviderAnswer | "clear"): Promise<void> {
  const done = nextMessage((message) => (Object.keys(message).length === 0 ? true : undefined));
  provider.send(next);
  await done;
}

beforeAll(async () => {
  made = makeCertificates();
  made.make("server");
  made.make("app");
  execFileSync("openssl", ["genrsa", "-out", made.path("rsa.key"), "2048"], { stdio: "ignore" });
  const subject = ["-subj", "/CN=probe", "-days", "30", "-out", made.path("rsa.pem")];
  execFileSync("openssl", ["req", "-x509", "-key", made.path("rsa.key"), ...subject]);
  provider = fork("test/probing/oauth-provider.ts", [made.path("server.key"), made.path("server.pem")], {
    execArgv: [],
  });
  provider.on("message", (message: ProviderMessage) => {
    if (message.seen !== undefined) seen.push(message.seen);
  });
  const started = await nextMessage(({ url, kid }) => (url === undefined ? undefined : { url, kid: kid ?? "" }));
  keyId = started.kid;
  writeFileSync(made.path("secret"), `${SECRET}\n`);
  settings = {
    authority: started.url,
    clientId: CLIENT_ID,
    secretFile: made.path("secret"),
    certificateFile: null,
    keyFile: null,
    protocol: "oidc",
  };
  agent = new Agent({ connect: { ca: readFileSync(made.path("ca.pem"), "utf8") } });
  http = async ({ method, url, headers, body }) => {
    const answer = await request(url, { dispatcher: agent, method, headers, body });
    const kept = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return { status: answer.statusCode, headers: Object.fromEntries(kept), body: await answer.body.text() };
  };
});
afterAll(async () => {
  const ended = once(provider, "exit");
  provider.disconnect();
  await ended;
  await agent.close();
  made.remove();
});

function open(change: Partial<TokenSettings> = {}, monotonicMs?: () => number): TokenSource {
  return openTokenSource({ ...settings, ...change }, http, monotonicMs);
}

describe("openTokenSource()", () => {
  test("gets one token per namespace, once for simultaneous requests, and caches it", async () => {
    seen.length = 0;
    const source = open();
    const [first, second] = await Promise.all([
      source.tokenFor("mail.contoso.com"),
      source.tokenFor("mail.contoso.com"),
    ]);
    expect(first).toBe(second);
    expect(first).toMatchObject({ kind: "token", tokenKind: "app_only", hasRoles: false });
    expect(first.kind === "token" && first.keyId).toBe(keyId);
    await source.tokenFor("mail.contoso.com");
    await source.tokenFor("autodiscover.contoso.com");
    expect(seen.map(({ scope }) => scope.split(" ")[0])).toEqual([
      "https://mail.contoso.com/.default",
      "https://autodiscover.contoso.com/.default",
    ]);
    expect(seen[0]?.secret).toBe(SECRET);
  });

  test("authenticates with a certificate, and reports its expiry", async () => {
    seen.length = 0;
    const source = open({ secretFile: null, certificateFile: made.path("rsa.pem"), keyFile: made.path("rsa.key") });
    expect(source.credentialNotAfterMs()).toBeNull();
    expect(await source.tokenFor("mail.contoso.com")).toMatchObject({ kind: "token" });
    expect(source.credentialNotAfterMs()).toBeGreaterThan(Date.now());
    const [head] = (seen[0]?.assertion ?? "").split(".");
    const header: unknown = JSON.parse(Buffer.from(head ?? "", "base64url").toString("utf8"));
    const { fingerprint256 } = new X509Certificate(readFileSync(made.path("rsa.pem")));
    const wanted = Buffer.from(fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
    expect(header).toMatchObject({ "x5t#S256": wanted });
  });

  test.each([
    {
      statusCode: 401,
      body: { error: "invalid_client", error_description: "AADSTS7000215: text", error_codes: [7_000_215] },
      reason: "token_credential",
      errorNumber: "7000215",
    },
    {
      statusCode: 400,
      body: { error: "invalid_resource", error_description: "AADSTS500011: text", error_codes: [500_011] },
      reason: "token_resource",
      errorNumber: "500011",
    },
    {
      statusCode: 400,
      body: { error: "invalid_request", error_description: "AADSTS90002: text", error_codes: [90_002] },
      reason: "token_refused",
      errorNumber: "90002",
    },
    {
      statusCode: 429,
      body: { error: "temporarily_unavailable", error_description: "text" },
      reason: "token_throttled",
      errorNumber: "temporarily_unavailable",
    },
    {
      statusCode: 503,
      body: { error: "server_error", error_description: "text" },
      reason: "token_unreachable",
      errorNumber: "server_error",
    },
    { statusCode: 200, body: "" as const, reason: "token_refused", errorNumber: null },
  ])(
    "status $statusCode with $body becomes one reason with the authority's error number, never its text",
    async ({ statusCode, body, reason, errorNumber }) => {
      await answerWith({ statusCode, body });
      expect(await open().tokenFor("mail.contoso.com")).toEqual({ kind: "none", reason, errorNumber });
      await answerWith("clear");
    },
  );

  test("keeps the first failure while the library answers from its cache, and does not request again at once", async () => {
    const clock = { ms: 0 };
    const source = open({}, () => clock.ms);
    await answerWith({ statusCode: 429, body: { error: "temporarily_unavailable", error_codes: [90_055] } });
    const first = await source.tokenFor("mail.contoso.com");
    expect(first).toMatchObject({ reason: "token_throttled", errorNumber: "90055" });
    clock.ms += 59_000;
    expect(await source.tokenFor("mail.contoso.com")).toBe(first);
    clock.ms += 2_000;
    expect(await source.tokenFor("mail.contoso.com")).toEqual(first);
    await answerWith("clear");
  });

  test("reads the file again after a refused credential", async () => {
    const clock = { ms: 0 };
    const source = open({}, () => clock.ms);
    await answerWith({ statusCode: 401, body: { error: "invalid_client", error_codes: [7_000_222] } });
    expect(await source.tokenFor("mail.contoso.com")).toMatchObject({ reason: "token_credential" });
    seen.length = 0;
    writeFileSync(made.path("secret"), "a-new-secret");
    clock.ms += 61_000;
    expect(await source.tokenFor("mail.contoso.com")).toMatchObject({ kind: "token" });
    expect(seen.map(({ secret }) => secret)).toEqual(["a-new-secret"]);
    writeFileSync(made.path("secret"), SECRET);
  });

  test.each<[string, () => Partial<TokenSettings>]>([
    ["a file that does not exist", () => ({ secretFile: made.path("nowhere") })],
    [
      "a key of another certificate",
      () => ({ secretFile: null, certificateFile: made.path("app.pem"), keyFile: made.path("server.key") }),
    ],
    [
      "a certificate that is none",
      () => ({ secretFile: null, certificateFile: made.path("secret"), keyFile: made.path("app.key") }),
    ],
  ])("%s becomes one reason", async (_, change) => {
    expect(await open(change()).tokenFor("mail.contoso.com")).toEqual({
      kind: "none",
      reason: "token_credential_file",
      errorNumber: null,
    });
  });

  test("reports an authority without an answer as unreachable", async () => {
    expect(await open({ authority: "https://localhost:1" }).tokenFor("mail.contoso.com")).toEqual({
      kind: "none",
      reason: "token_unreachable",
      errorNumber: null,
    });
  });
});
