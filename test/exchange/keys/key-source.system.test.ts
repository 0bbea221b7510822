import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { isKeyHost } from "../../../src/exchange/keys/key-hosts.ts";
import { KeyFetchError } from "../../../src/exchange/keys/key-fetch-error.ts";
import { keyEndpoints, openKeySource } from "../../../src/exchange/keys/key-source.ts";
import type { FetchedKeys, KeyEndpoint, KeySource } from "../../../src/exchange/keys/key-source.ts";
import { parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import { isExposed, keyState } from "../../../src/model/snapshot/signing-keys.ts";
import { EVOSTS, goodSnapshot, TENANT } from "../../checks/good-snapshot.ts";
import { openCertificateMaker } from "./certificates.ts";
import type { CertificateMaker, MadeCertificate } from "./certificates.ts";
import { document, openEntra, openProxy } from "./entra.ts";
import type { TestServer } from "./entra.ts";
import { accessControlMetadata, federationMetadata, openIdKeySet } from "./key-documents.ts";

const METADATA = "/tenant/federationmetadata/2007-06/federationmetadata.xml";
const OPENID = "/tenant/.well-known/openid-configuration";
const KEY_SET = "/common/discovery/keys";

let maker: CertificateMaker;
let localhost: MadeCertificate;
let first: MadeCertificate;
let second: MadeCertificate;
let third: MadeCertificate;
let entra: TestServer;
const closers: (() => Promise<void>)[] = [];

beforeAll(() => {
  maker = openCertificateMaker();
  localhost = maker.server("localhost");
  [first, second, third] = [maker.selfSigned("key 1"), maker.selfSigned("key 2"), maker.selfSigned("key 3")];
});
afterAll(() => {
  maker.close();
});
beforeEach(async () => {
  entra = await own(openEntra(localhost));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function own<T extends { readonly close: () => Promise<void> }>(opening: Promise<T> | T): Promise<T> {
  const opened = await opening;
  closers.push(opened.close);
  return opened;
}

function endpoint(port = entra.port, changes: Partial<KeyEndpoint> = {}): KeyEndpoint {
  const origin = `https://localhost:${port}`;
  return {
    issuer: "evosts",
    authServer: EVOSTS,
    metadataUrl: `${origin}${METADATA}`,
    openIdUrl: null,
    tenant: TENANT,
    ...changes,
  };
}
const source = (options: Parameters<typeof openKeySource>[0] = {}): Promise<KeySource> =>
  own(openKeySource({ extraCa: [maker.authority.pem], timeoutMs: 20_000, ...options }));
const publish = (keys: readonly MadeCertificate[], etag: string): void => {
  entra.answer(METADATA, document(federationMetadata(keys), etag));
};
const thumbprints = (fetched: FetchedKeys): readonly string[] => fetched.published.keys.map((key) => key.thumbprint);
const sorted = (...keys: readonly MadeCertificate[]): readonly string[] => keys.map((key) => key.thumbprint).sort();

/** Kind of failure and its message, with the port replaced by `PORT`. */
async function failure(fetching: Promise<unknown>, port = entra.port): Promise<readonly [string, string]> {
  const error = await fetching.then(
    () => new Error("nothing failed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KeyFetchError)) throw error;
  return [error.kind, error.message.replaceAll(String(port), "PORT")];
}

describe("fetch()", () => {
  test("follows a roll-over: one key, then two, then only the new one", async () => {
    const keys = await source();
    const trusted = {
      issuer: "evosts" as const,
      authServer: EVOSTS,
      thumbprints: [first.thumbprint],
      metadataUrl: null,
      tenant: "",
    };
    const seen: [readonly string[], boolean | null][] = [];
    for (const [nowMs, published] of [
      [1, [first]],
      [2, [first, second]],
      [3, [second]],
    ] as const) {
      publish(published, `"${nowMs}"`);
      const fetched = await keys.fetch(endpoint(), nowMs);
      expect(fetched.published).toMatchObject({ issuer: "evosts", authServer: EVOSTS, fetchedAtMs: nowMs });
      seen.push([thumbprints(fetched), isExposed([keyState(fetched.published, trusted, Date.now())])]);
    }
    expect(seen).toEqual([
      [sorted(first), false],
      [sorted(first, second), true],
      [sorted(second), true],
    ]);
  });

  test("requests only newer documents, and keeps the keys on 304", async () => {
    const keys = await source();
    publish([first], '"a"');
    await keys.fetch(endpoint(), 1);
    const again = await keys.fetch(endpoint(), 2);
    expect(again.published.fetchedAtMs).toBe(2);
    expect(thumbprints(again)).toEqual(sorted(first));
    expect(entra.requests.map((request) => request.headers["if-none-match"])).toEqual([undefined, '"a"']);
    publish([second], '"b"');
    expect(thumbprints(await keys.fetch(endpoint(), 3))).toEqual(sorted(second));
  });

  test("requests by date if there is no ETag", async () => {
    const keys = await source();
    const date = "Sun, 22 Nov 2026 08:00:00 GMT";
    entra.answer(METADATA, (request, response) => {
      if (request.headers["if-modified-since"] === date) response.writeHead(304).end();
      else response.writeHead(200, { "last-modified": date }).end(federationMetadata([first]));
    });
    await keys.fetch(endpoint(), 1);
    expect(thumbprints(await keys.fetch(endpoint(), 2))).toEqual(sorted(first));
    expect(entra.requests[1]?.headers["if-modified-since"]).toBe(date);
  });

  test("adds the key ids of the OpenID key set, but no keys that are only there", async () => {
    const keys = await source();
    publish([first], '"a"');
    entra.answer(OPENID, document(JSON.stringify({ jwks_uri: `https://localhost:${entra.port}${KEY_SET}` }), '"o"'));
    entra.answer(KEY_SET, document(openIdKeySet([first, third]), '"k"'));
    const fetched = await keys.fetch(
      endpoint(entra.port, { openIdUrl: `https://localhost:${entra.port}${OPENID}` }),
      1,
    );
    expect(fetched.published.keys).toEqual([
      { thumbprint: first.thumbprint, kid: first.x5t, notAfterMs: first.notAfterMs },
    ]);
    expect(fetched.failures).toEqual([]);
  });

  test("uses the OpenID key set if the metadata is not available, and reports why", async () => {
    const keys = await source();
    entra.answer(METADATA, (_request, response) => {
      response.writeHead(503).end();
    });
    entra.answer(OPENID, document(JSON.stringify({ jwks_uri: `https://localhost:${entra.port}${KEY_SET}` }), '"o"'));
    entra.answer(KEY_SET, document(openIdKeySet([first]), '"k"'));
    const fetched = await keys.fetch(
      endpoint(entra.port, { openIdUrl: `https://localhost:${entra.port}${OPENID}` }),
      1,
    );
    expect(thumbprints(fetched)).toEqual(sorted(first));
    expect(fetched.failures.map((error) => error.kind)).toEqual(["status"]);
  });

  test("reads the metadata of the access control service", async () => {
    entra.answer("/metadata/json/1", document(accessControlMetadata([second]), '"j"'));
    const fetched = await (
      await source()
    ).fetch(endpoint(entra.port, { issuer: "acs", metadataUrl: `https://localhost:${entra.port}/metadata/json/1` }), 1);
    expect(thumbprints(fetched)).toEqual(sorted(second));
  });

  test.each([
    {
      name: "garbage",
      headers: { "content-type": "text/html" },
      body: "<html>Sign in",
      kind: "format",
      message: `Cannot read the metadata of the AuthServer "${EVOSTS}": it is not well-formed XML`,
    },
    {
      name: "a compressed answer",
      headers: { "content-encoding": "gzip" },
      body: "\u001f\u008b",
      kind: "format",
      message:
        'Cannot read the signing keys of "localhost:PORT": the answer is compressed, although this was not requested',
    },
  ])("refuses $name", async ({ headers, body, kind, message }) => {
    entra.answer(METADATA, (_request, response) => {
      response.writeHead(200, headers).end(body);
    });
    expect(await failure((await source()).fetch(endpoint(), 1))).toEqual([kind, message]);
  });

  test("stops reading a huge answer at the limit", async () => {
    let written = 0;
    entra.answer(METADATA, (_request, response) => {
      const chunk = Buffer.alloc(65_536, 0x20);
      const push = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
        written += chunk.length;
      };
      response.on("drain", push);
      push();
    });
    expect(await failure((await source({ maxBytes: 200_000 })).fetch(endpoint(), 1))).toEqual([
      "too_large",
      'Cannot read the signing keys of "localhost:PORT": the answer has more than 200000 bytes',
    ]);
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ["that never comes", (): void => undefined],
    [
      "that never ends",
      (_request: unknown, response: { write: (text: string) => unknown }): void => {
        response.write("<Entity");
      },
    ],
  ] as const)("gives up on an answer %s", async (_name, handler) => {
    entra.answer(METADATA, handler);
    expect(await failure((await source({ timeoutMs: 300 })).fetch(endpoint(), 1))).toEqual([
      "timeout",
      'Cannot fetch signing keys from "localhost:PORT": no complete answer within 300 ms',
    ]);
  });

  test("does not accept a partial answer", async () => {
    entra.answer(METADATA, (_request, response) => {
      response.writeHead(200, { "content-length": "100000" });
      response.write(federationMetadata([first]));
      response.socket?.destroySoon();
    });
    expect((await failure((await source()).fetch(endpoint(), 1)))[0]).toBe("network");
  });

  test("rejects with the reason of the signal", async () => {
    entra.answer(METADATA, () => {
      stop.abort(new Error("stopping"));
    });
    const stop = new AbortController();
    await expect((await source()).fetch(endpoint(), 1, stop.signal)).rejects.toThrow("stopping");
  });

  test("reports an unreachable host", async () => {
    await entra.close();
    expect(await failure((await source()).fetch(endpoint(), 1))).toEqual([
      "network",
      'Cannot fetch signing keys from "localhost:PORT": ECONNREFUSED',
    ]);
  });
});

describe("certificates of the server", () => {
  test("are refused if their issuer is not trusted", async () => {
    publish([first], '"a"');
    const [kind, message] = await failure((await source({ extraCa: [] })).fetch(endpoint(), 1));
    expect([kind, message]).toEqual(["certificate", expect.stringContaining('from "localhost:PORT": ')]);
    expect(entra.requests).toEqual([]);
  });

  test("are refused for a different name", async () => {
    const other = await own(openEntra(maker.server("login.example")));
    expect(await failure((await source()).fetch(endpoint(other.port), 1), other.port)).toEqual([
      "certificate",
      'Cannot fetch signing keys from "localhost:PORT": ERR_TLS_CERT_ALTNAME_INVALID',
    ]);
  });

  test("are refused if they have expired", async () => {
    const old = await own(openEntra(maker.server("localhost", ["-days", "-1"])));
    expect((await failure((await source()).fetch(endpoint(old.port), 1), old.port))[0]).toBe("certificate");
  });
});

describe("isKeyHost()", () => {
  test.each([
    ["the metadata's own", "adfs.contoso.com", true],
    ["one of Microsoft's", "login.microsoftonline.com", true],
    ["one of another Microsoft cloud", "login.microsoftonline.us", true],
    ["another", "keys.example", false],
    ["one that ends like Microsoft's", "evil-login.microsoftonline.com", false],
    ["none", "", false],
  ])("%s", (_, host, expected) => {
    expect(isKeyHost(host, "adfs.contoso.com")).toBe(expected);
  });
});

describe("redirects", () => {
  test("are followed to https", async () => {
    entra.answer("/old", (_request, response) => {
      response.writeHead(302, { location: METADATA }).end();
    });
    publish([first], '"a"');
    expect(
      thumbprints(
        await (await source()).fetch(endpoint(entra.port, { metadataUrl: `https://localhost:${entra.port}/old` }), 1),
      ),
    ).toEqual(sorted(first));
  });

  test.each([
    [
      "to http",
      "http://localhost/keys",
      ["not_https", 'Cannot fetch signing keys from "localhost": the URL is not https'],
    ],
    [
      "to nowhere",
      "http://[",
      ["not_https", "Cannot fetch signing keys from a place without a URL: the URL is not https"],
    ],
    [
      "to another host",
      "https://keys.example/",
      ["host", 'Cannot fetch signing keys from "localhost:PORT": it redirects to a host that is not permitted'],
    ],
    [
      "round and round",
      METADATA,
      ["redirect", 'Cannot fetch signing keys from "localhost:PORT": more than 3 redirects'],
    ],
  ])("are not followed: %s", async (_name, location, expected) => {
    entra.answer(METADATA, (_request, response) => {
      response.writeHead(301, { location }).end();
    });
    expect(await failure((await source()).fetch(endpoint(), 1))).toEqual(expected);
  });

  test("a metadata URL without https is never requested", async () => {
    expect(
      (
        await failure(
          (await source()).fetch(endpoint(entra.port, { metadataUrl: `http://localhost:${entra.port}/` }), 1),
        )
      )[0],
    ).toBe("not_https");
    expect(entra.requests).toEqual([]);
  });
});

describe("a proxy", () => {
  test("is used, and the server's certificate is still checked", async () => {
    const proxy = await own(openProxy());
    publish([first], '"a"');
    expect(thumbprints(await (await source({ proxyUrl: proxy.url })).fetch(endpoint(), 1))).toEqual(sorted(first));
    expect(proxy.tunnels).toEqual([`localhost:${entra.port}`]);
    expect((await failure((await source({ proxyUrl: proxy.url, extraCa: [] })).fetch(endpoint(), 1)))[0]).toBe(
      "certificate",
    );
  });

  test("gets its password, which no message contains", async () => {
    const proxy = await own(openProxy(true));
    const url = proxy.url.replace("http://", "http://svc:secret@");
    const [kind, message] = await failure((await source({ proxyUrl: url })).fetch(endpoint(), 1));
    expect(kind).toBe("network");
    expect(message).not.toContain("secret");
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from("svc:secret").toString("base64")}`]);
  });
});

describe("keyEndpoints()", () => {
  test("returns the metadata URL and OpenID configuration of each enabled AuthServer", () => {
    const json = goodSnapshot();
    json.authServers.push(
      {
        Name: "ACS - x",
        Type: "MicrosoftACS",
        Enabled: true,
        AuthMetadataUrl: "https://accounts.accesscontrol.windows.net/x/metadata/json/1",
      },
      { Name: "Old", Type: "ADFS", Enabled: false, AuthMetadataUrl: "https://old/" },
      { Name: "None", Type: "ADFS", Enabled: true },
    );
    expect(keyEndpoints(parseSnapshot(json).snapshot)).toEqual([
      {
        issuer: "evosts",
        authServer: EVOSTS,
        metadataUrl: `https://login.windows.net/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`,
        openIdUrl: `https://login.windows.net/${TENANT}/.well-known/openid-configuration`,
        tenant: TENANT,
      },
      {
        issuer: "acs",
        authServer: "ACS - x",
        metadataUrl: "https://accounts.accesscontrol.windows.net/x/metadata/json/1",
        openIdUrl: null,
        tenant: "",
      },
    ]);
  });
});
