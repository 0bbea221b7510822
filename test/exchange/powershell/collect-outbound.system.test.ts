import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { collectSnapshot } from "../../../src/exchange/powershell/collect-snapshot.ts";
import type { Snapshot } from "../../../src/model/snapshot/snapshot.ts";
import { findEngine } from "./engine.ts";
import { FIXTURES, IIS_FIXTURE, setStubs } from "./stubs.ts";

const run = promisify(execFile);
const engine = await findEngine();
// On other systems, .NET uses only the certificates trusted by the system.
const describeLinux = engine !== null && process.platform === "linux" ? describe : describe.skip;

describeLinux("collect-snapshot.ps1 with outbound requests", () => {
  let folder = "";
  let certificate = "";
  let key = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "outbound-"));
    const paths = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    await run("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      ...paths,
      ...names,
    ]);
    certificate = await readFile(join(folder, "certificate.pem"), "utf8");
    key = await readFile(join(folder, "key.pem"), "utf8");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Collects while the listener simulates Entra ID, with or without trust in its certificate. */
  async function collect(listener: RequestListener, isTrusted = true): Promise<Snapshot> {
    const server = createServer({ cert: certificate, key }, listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const data = await mkdtemp(join(folder, "data-"));
      const fixture = await readFile(join(FIXTURES, "GetAuthServer.xml"), "utf8");
      await writeFile(
        join(data, "GetAuthServer.xml"),
        fixture.replace("https://login.windows.net/1", `https://localhost:${port}/1`),
      );
      setStubs({ data: [data, FIXTURES] });
      Object.assign(process.env, {
        NO_PROXY: "localhost",
        no_proxy: "localhost",
        SSL_CERT_FILE: isTrusted ? join(folder, "certificate.pem") : "/dev/null",
      });
      return (
        await collectSnapshot(
          { executable: engine?.executable, timeoutMs: 120_000 },
          { applicationHostConfig: IIS_FIXTURE },
        )
      ).snapshot;
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test("returns the published keys, the clock offset and that the host is reachable", async () => {
    const base64 = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, "");
    const descriptor = (use: string) =>
      `<RoleDescriptor><KeyDescriptor use="${use}"><KeyInfo ` +
      `xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${base64(certificate)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor></RoleDescriptor>`;
    const urls: (string | undefined)[] = [];
    const snapshot = await collect((request, response) => {
      urls.push(request.url);
      response.setHeader("Date", new Date(Date.now() - 600_000).toUTCString());
      response.end(
        `\ufeff<?xml ` +
          `version="1.0"?><EntityDescriptor>${descriptor("signing")}${descriptor("signing")}${descriptor("encryption")}</EntityDescriptor>`,
      );
    });
    const { fingerprint, validTo } = new X509Certificate(certificate);
    expect(snapshot.errors).toEqual([]);
    expect(urls).toEqual(["/11111111-2222-3333-4444-555555555555/federationmetadata/2007-06/federationmetadata.xml"]);
    expect(snapshot.keys).toMatchObject([
      {
        Issuer: "EvoSts - 11111111-2222-3333-4444-555555555555",
        Keys: [{ Thumbprint: fingerprint.replaceAll(":", ""), NotAfter: Date.parse(validTo) }],
      },
    ]);
    expect(snapshot.outbound).toEqual([{ Server: snapshot.server, Host: "localhost", Reachable: true }]);
    expect(snapshot.clock).toMatchObject([{ Server: snapshot.server, Reference: "localhost" }]);
    expect(Math.abs((snapshot.clock?.[0]?.OffsetSeconds ?? 0) - 600)).toBeLessThan(30);
  });

  test("counts a host that answers with an error as reachable, without keys", async () => {
    const snapshot = await collect((_request, response) => {
      response.writeHead(503).end("<html>");
    });
    expect([snapshot.errors, snapshot.keys, snapshot.outbound?.[0]?.Reachable]).toEqual([[], null, true]);
  });

  test.each([
    ["is no XML", "no xml", /^localhost: System.Xml.XmlException/],
    ["has a document type", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', /^localhost: System.Xml.XmlException/],
    ["is too large", "x".repeat(5_000_000), /^localhost: the answer is larger than 4194304 bytes$/],
  ])("refuses an answer that %s", async (_, body, text) => {
    const snapshot = await collect((_request, response) => {
      response.end(body);
    });
    expect([snapshot.keys, snapshot.outbound?.[0]?.Reachable]).toEqual([null, true]);
    expect(snapshot.errors).toEqual([{ part: "outbound", servers: [], text: expect.stringMatching(text) }]);
  });

  test.each([
    ["follows a redirection on the same host, three times at most", "/elsewhere", 4],
    ["does not follow a redirection to another host", "https://keys.example/elsewhere", 1],
    ["does not follow a redirection without TLS", "http://localhost/elsewhere", 1],
  ])("%s", async (_, location, requests) => {
    const urls: (string | undefined)[] = [];
    await collect((request, response) => {
      urls.push(request.url);
      response.writeHead(302, { location }).end();
    });
    expect(urls).toHaveLength(requests);
  });

  test("refuses an untrusted certificate", async () => {
    const snapshot = await collect((_request, response) => {
      response.end("<x/>");
    }, false);
    expect([snapshot.keys, snapshot.outbound]).toEqual([
      null,
      [{ Server: snapshot.server, Host: "localhost", Reachable: false }],
    ]);
    expect(snapshot.errors).toEqual([
      {
        part: "outbound",
        servers: [],
        text: expect.stringMatching(/^localhost: System.Net.WebException \(WebException, 0x80131501\)$/),
      },
    ]);
  });
});
