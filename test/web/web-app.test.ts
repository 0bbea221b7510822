import { describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { hostname } from "node:os";
import { gunzipSync } from "node:zlib";
import type { MetricGroup } from "../../src/catalogue/switches.ts";
import { externalAddress } from "../../src/web/door/external-address.ts";
import type { Listener } from "../../src/web/listen.ts";
import type { ProbeAnswer, WebQueries } from "../../src/web/web-queries.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, STATUS, UNCHANGED, withApp } from "./web-fixture.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A request whose path is sent unchanged. */
function ask({ port }: Listener, path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          text: whole.toString("utf8"),
        });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The answer to raw bytes. */
async function raw({ port }: Listener, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

describe("disabled groups of metrics", () => {
  test("are on no metrics page, and everything else is unchanged", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        const own = (await ask(listener, "/metrics")).text;
        expect(own).toContain("hma_exporter_caught_up");
        expect(own).not.toMatch(/^(?:# TYPE )?(?:process_|nodejs_|hma_exporter_http_requests|hma_config_compliant)/m);
        const server = (await ask(listener, "/metrics/servers/EX01")).text;
        expect(server).toContain("hma_incident_open");
        expect(server).toContain("hma_requests_total");
        expect(server).not.toContain("_bucket");
        expect((await ask(listener, "/sd")).text).toContain("/metrics/servers/EX01");
      },
      { disabledMetrics: ["internals", "histograms", "compliance"] },
    );
  });

  test("are determined at each scrape", async () => {
    const disabled: MetricGroup[] = [];
    await withApp(
      fakeQueries(),
      async (listener) => {
        expect((await ask(listener, "/metrics/servers/EX01")).text).toContain("hma_log_lines_total");
        disabled.push("logs");
        expect((await ask(listener, "/metrics/servers/EX01")).text).not.toContain("hma_log_lines_total");
      },
      { disabledMetrics: disabled },
    );
  });
});

describe("the pages", () => {
  test.each([
    ["/", 200, "text/html; charset=utf-8"],
    ["/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/metrics/", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/metrics?name=x", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/metrics/servers/EX01", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/metrics/servers/EX%30%31", 200, "text/plain; version=0.0.4; charset=utf-8"],
    ["/sd", 200, "application/json; charset=utf-8"],
    ["/-/healthy", 200, "text/plain; charset=utf-8"],
    ["/-/ready", 200, "text/plain; charset=utf-8"],
    ["/incidents", 200, "text/html; charset=utf-8"],
    [`/incidents/${OPEN_INCIDENT.id}`, 200, "text/html; charset=utf-8"],
    ["/api/v1/incidents", 200, "application/json; charset=utf-8"],
    ["/api/v1/servers", 200, "application/json; charset=utf-8"],
    ["/ready/mapi?server=EX01", 200, "text/plain; charset=utf-8"],
    ["/ready/ews?server=EX01", 503, "text/plain; charset=utf-8"],
    ["/ready/ews", 400, "text/plain; charset=utf-8"],
    ["/ready/smtp?server=EX01", 404, "text/plain; charset=utf-8"],
    ["/ready/ews?server=EX09", 404, "text/plain; charset=utf-8"],
    ["/ready/ews?server=EX01&server=EX02", 404, "text/plain; charset=utf-8"],
    ["/nope", 404, "text/plain; charset=utf-8"],
    ["/metrics/servers/EX09", 404, "text/plain; charset=utf-8"],
    ["/metrics/servers/", 404, "text/plain; charset=utf-8"],
    ["/metrics/servers/__proto__", 404, "text/plain; charset=utf-8"],
    ["/metrics/servers/..%2f..%2fetc%2fpasswd", 404, "text/plain; charset=utf-8"],
    ["/metrics/servers/../../etc/passwd", 404, "text/plain; charset=utf-8"],
    ["//metrics", 404, "text/plain; charset=utf-8"],
    ["/./metrics", 404, "text/plain; charset=utf-8"],
    ["/METRICS", 404, "text/plain; charset=utf-8"],
    ["/incidents/..%5c..", 404, "text/plain; charset=utf-8"],
    ["/incidents/%00", 404, "text/plain; charset=utf-8"],
    ["/incidents/%ff", 400, "text/plain; charset=utf-8"],
    ["/incidents/<script>", 404, "text/plain; charset=utf-8"],
    ["/%2e%2e/%2e%2e/etc/passwd", 404, "text/plain; charset=utf-8"],
    ["/constructor", 404, "text/plain; charset=utf-8"],
    ["*", 404, "text/plain; charset=utf-8"],
    ["http://elsewhere.example/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"],
  ])("%s answers %i", async (path, status, type) => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await ask(listener, path);
      expect([answer.status, answer.headers["content-type"]]).toEqual([status, type]);
      expect(answer.headers["x-powered-by"]).toBeUndefined();
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
      if (status === 404) expect(answer.text).toBe("Not found\n");
    });
  });

  test.each([
    ["/incidents/EX01-MSExchangeServicesAppPool-20200101T000000Z", "This incident is not known"],
    ["/incidents/%3Cimg%3E", "This incident is not known"],
    ["/servers/EX09", "This server is not watched"],
    ["/servers/__proto__", "This server is not watched"],
  ])("%s of the past leads a browser on, and says nothing of the address", async (path, title) => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await ask(listener, path, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
      expect([answer.status, answer.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
      expect(answer.text).toContain(title);
      expect(answer.text).toContain('href="/incidents"');
      for (const part of ["EX09", "__proto__", "20200101", "img>"]) expect(answer.text).not.toContain(part);
    });
  });

  test("answer HEAD like GET, without a body", async () => {
    await withApp(fakeQueries(), async (listener) => {
      for (const path of ["/", "/metrics", "/sd", "/-/healthy", "/api/v1/incidents", "/nope"]) {
        const [get, head] = [await ask(listener, path), await ask(listener, path, { method: "HEAD" })];
        expect([path, head.status, head.headers["content-type"], head.body.length]).toEqual([
          path,
          get.status,
          get.headers["content-type"],
          0,
        ]);
      }
    });
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])(
    "refuse %s and list the allowed methods",
    async (method) => {
      await withApp(fakeQueries(), async (listener) => {
        const answer = await ask(listener, "/metrics", { method });
        expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
      });
    },
  );

  test("are JSON of the contract's findings and of the servers", async () => {
    await withApp(fakeQueries(), async (listener) => {
      expect(JSON.parse((await ask(listener, "/api/v1/incidents")).text)).toEqual(FINDINGS);
      expect(JSON.parse((await ask(listener, "/api/v1/servers")).text)).toEqual(STATUS.servers);
    });
  });

  test("show an incident with its evidence in order of time, and the commands with the incident's values filled in", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        const { text } = await ask(listener, `/incidents/${OPEN_INCIDENT.id}`);
        expect(text.indexOf("A published key is missing")).toBeLessThan(
          text.indexOf("worker replaced (crash, WAS 5011)"),
        );
        expect(text).toContain("Set-AuthServer -RefreshAuthMetadata");
        expect(text).toContain("Restart-WebAppPool -Name &#39;MSExchangeServicesAppPool&#39;");
        expect(text).toContain("https://runbooks.example/HmaStaleKeysAfterRecycle.md");
        expect(text).not.toContain("<script>alert(1)</script>");
        expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
      },
      { runbookUrl: "https://runbooks.example" },
    );
  });

  test("list loops outside of incidents among the last findings", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const { text } = await ask(listener, "/");
      expect(text).toContain("Loop of one client: 6 refusals, token_expired, recovered");
      expect(text).not.toContain("Loop of one client: 17 refusals");
      expect(text).toContain("Worker replaced: crash");
      expect(text).toContain("Key change: entra keys published");
    });
  });

  test("use nothing external, and their policy allows exactly their own style and script by digest", async () => {
    await withApp(fakeQueries(), async (listener) => {
      for (const path of ["/", "/incidents", `/incidents/${OPEN_INCIDENT.id}`]) {
        const { text, headers } = await ask(listener, path);
        for (const [name, element] of [
          ["script-src", /<script>([^]*?)<\/script>/g],
          ["style-src", /<style>([^]*?)<\/style>/g],
        ] as const) {
          const parts = [...text.matchAll(element)].map(([, part = ""]) => part);
          const digests = parts.map((part) => `'sha256-${createHash("sha256").update(part).digest("base64")}'`);
          expect(String(headers["content-security-policy"])).toContain(`${name} ${digests.join(" ")};`);
        }
        expect(text.match(/<(?:script|style)[^>]*>/g)).toEqual(["<style>", "<script>"]);
        expect(text.match(/(?:src|href)="(?!\/|#|data:,")[^"]*"/g) ?? []).toEqual([]);
        expect(text).not.toMatch(/ style="| on[a-z]+="/);
      }
    });
  });
});

describe("/metrics", () => {
  test("answers in the format that the Accept header requests", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await ask(listener, "/metrics", {
        headers: { accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5" },
      });
      expect(answer.headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
      expect(answer.text.endsWith("# EOF\n")).toBe(true);
      expect(answer.headers.vary).toBe("Accept, Accept-Encoding");
    });
  });

  test.each([
    ["gzip", "gzip"],
    ["gzip, deflate, br", "gzip"],
    ["*", "gzip"],
    ["identity", undefined],
    ["gzip;q=0", undefined],
    ["br", undefined],
    ["identity, gzip;q=0.1", undefined],
  ])("with Accept-Encoding %s is sent as %s", async (accepted, encoding) => {
    await withApp(fakeQueries(), async (listener) => {
      const plain = await ask(listener, "/metrics/servers/EX01");
      const answer = await ask(listener, "/metrics/servers/EX01", { headers: { "accept-encoding": accepted } });
      expect(answer.headers["content-encoding"]).toBe(encoding);
      expect(answer.headers["content-length"]).toBe(String(answer.body.length));
      expect((encoding === "gzip" ? gunzipSync(answer.body) : answer.body).equals(plain.body)).toBe(true);
      if (encoding === "gzip") expect(answer.body.length).toBeLessThan(plain.body.length / 5);
    });
  });

  test("on an Exchange server contains the exporter and its server; in central mode the server has its own page", async () => {
    await withApp(
      fakeQueries({ serverNames: () => ["EX01"] }),
      async (listener) => {
        const { text } = await ask(listener, "/metrics");
        for (const name of [
          "hma_requests_total",
          "hma_exposed",
          "hma_exporter_build_info",
          "process_cpu_seconds_total",
        ])
          expect(text).toContain(`# TYPE ${name} `);
        expect((await ask(listener, "/metrics/servers/EX01")).status).toBe(404);
        expect(JSON.parse((await ask(listener, "/sd")).text)).toEqual([
          { targets: [`127.0.0.1:${listener.port}`], labels: { instance: "EX01", __metrics_path__: "/metrics" } },
        ]);
        expect((await ask(listener, "/ready/ews")).status).toBe(503);
      },
      { mode: "server" },
    );
    await withApp(fakeQueries(), async (listener) => {
      const [own, server] = [
        (await ask(listener, "/metrics")).text,
        (await ask(listener, "/metrics/servers/EX01")).text,
      ];
      expect(own).toContain("# TYPE hma_exposed ");
      expect(own).not.toContain("hma_requests_total");
      expect(server).toContain("# TYPE hma_requests_total ");
      expect(server).not.toMatch(/hma_exposed|hma_exporter_|process_/);
    });
  });

  test("is at the configured path, with the pages of the servers below it", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        expect((await ask(listener, "/probe/hma")).status).toBe(200);
        expect((await ask(listener, "/probe/hma/servers/EX02")).status).toBe(200);
        expect((await ask(listener, "/metrics")).status).toBe(404);
        expect((await ask(listener, "/sd")).text).toContain('"/probe/hma/servers/EX02"');
      },
      { telemetryPath: "/probe/hma" },
    );
  });

  test("counts the exporter's own requests", async () => {
    await withApp(
      fakeQueries({ readiness: () => ({ isGood: false, because: "the logs are still being read" }) }),
      async (listener) => {
        for (const path of ["/", "/nope", "/nope", "/-/ready", "/metrics"]) await ask(listener, path);
        const { text } = await ask(listener, "/metrics");
        expect(text).toContain('hma_exporter_http_requests_total{endpoint="status",outcome="success"} 1\n');
        expect(text).toContain('hma_exporter_http_requests_total{endpoint="other",outcome="client_error"} 2\n');
        expect(text).toContain('hma_exporter_http_requests_total{endpoint="ready",outcome="success"} 1\n');
        expect(text).toContain('hma_exporter_http_requests_total{endpoint="metrics",outcome="success"} 1\n');
      },
    );
  });
});

describe("/sd", () => {
  const targetsFor = async (listener: Listener, headers: Record<string, string>): Promise<unknown> =>
    JSON.parse((await ask(listener, "/sd", { headers })).text);
  const listed = (target: string): unknown =>
    ["EX01", "EX02"].map((name) => ({
      targets: [target],
      labels: { instance: name, __metrics_path__: `/metrics/servers/${name}` },
    }));

  test.each([
    ["a configured name", "Exporter.example.com:10401"],
    ["the name of this machine", `${hostname()}:9000`],
    ["an address of this machine", "127.0.0.9:9000"],
    ["the same as IPv6", "[0:0:0:0:0:0:0:1]:9000"],
    ["localhost", "localhost:9000"],
    ["a name without a dot, which nobody else can have in DNS", "hma-exporter:9000"],
  ])("lists each server at the address of the Host header: %s", async (_name, host) => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        expect(await targetsFor(listener, { host })).toEqual(listed(host));
      },
      { hosts: ["exporter.example.com"] },
    );
  });

  test.each([
    ["name of a stranger", "rebound.attacker.example:10401"],
    ["name of a stranger, without a port", "rebound.attacker.example"],
    ["address of a stranger", "203.0.113.66:10401"],
    ["IPv6 address of a stranger", "[2001:db8::66]:10401"],
    ["header with quotes", 'evil"],x'],
    ["header with a blank", "a b"],
    ["port beyond all ports", "a:99999"],
    ["port 0", "a:0"],
    ["user", "user@host"],
  ])("never lists the %s as a target, but the requested address", async (_name, host) => {
    const [program, browser] = [{ host }, { host, "accept-language": "en" }];
    await withApp(fakeQueries(), async (listener) => {
      expect(await targetsFor(listener, program)).toEqual(listed(`127.0.0.1:${listener.port}`));
      expect((await ask(listener, "/sd", { headers: browser })).text).not.toContain(host);
    });
  });
});

describe("behind a reverse proxy", () => {
  const external = externalAddress("https://monitoring.example.com/hma/", null);

  test("links and targets use the external URL, and pages are below its path", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        const [target] = JSON.parse((await ask(listener, "/hma/sd")).text);
        expect(target).toEqual({
          targets: ["monitoring.example.com:443"],
          labels: { instance: "EX01", __metrics_path__: "/hma/metrics/servers/EX01", __scheme__: "https" },
        });
        for (const path of ["/hma/", "/hma/incidents", `/hma/incidents/${OPEN_INCIDENT.id}`, "/hma/config"]) {
          const { status, text } = await ask(listener, path);
          expect([path, status]).toEqual([path, 200]);
          // Links are anchors within the page, or below the base.
          expect([...text.matchAll(/href="(\/[^"]*)"/g)].filter(([, href]) => !href?.startsWith("/hma/"))).toEqual([]);
        }
        expect((await ask(listener, "/hma/-/healthy")).status).toBe(200);
        expect((await ask(listener, "/metrics")).status).toBe(404);
        expect((await ask(listener, "/hmametrics")).status).toBe(404);
        for (const path of ["/", "/hma"]) expect((await ask(listener, path)).headers.location).toBe("/hma/");
      },
      { external },
    );
  });

  test("a proxy that removes the path needs the route prefix /", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        expect((await ask(listener, "/")).text).toContain('href="/hma/incidents"');
        expect((await ask(listener, "/sd")).text).toContain('"__metrics_path__":"/hma/metrics/servers/EX01"');
      },
      { external: externalAddress("https://monitoring.example.com/hma", "/") },
    );
  });
});

describe("/incidents/open", () => {
  test.each([
    ["", `/incidents/${OPEN_INCIDENT.id}`],
    ["?server=EX01&app_pool=MSExchangeServicesAppPool", `/incidents/${OPEN_INCIDENT.id}`],
    ["?server=EX02", "/incidents/EX02-1"],
    ["?server=EX09", "/incidents"],
    ["?server=https://evil.example", "/incidents"],
  ])("%s redirects to %s", async (query, location) => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await ask(listener, `/incidents/open${query}`);
      expect([answer.status, answer.headers.location]).toEqual([302, location]);
    });
  });
});

test("without other protection, a page requested under a foreign host name is not shown to a browser", async () => {
  const headers = { host: "rebound.attacker.example", "accept-language": "en" };
  await withApp(fakeQueries(), async (listener) => {
    for (const path of ["/", "/metrics", "/sd", "/api/v1/incidents"])
      expect((await ask(listener, path, { headers })).status).toBe(421);
  });
});

describe("/-/ready and /-/healthy", () => {
  test("answer 503 until the logs are read, and when the daemon cannot continue", async () => {
    const readiness = (): ProbeAnswer => ({ isGood: false, because: "the logs are still being read" });
    const health = (): ProbeAnswer => ({ isGood: false, because: "the reading has stopped" });
    await withApp(fakeQueries({ readiness, health }), async (listener) => {
      expect(await ask(listener, "/-/ready")).toMatchObject({
        status: 503,
        text: "Not ready: the logs are still being read\n",
      });
      expect(await ask(listener, "/-/healthy")).toMatchObject({
        status: 503,
        text: "Not healthy: the reading has stopped\n",
      });
    });
  });
});

describe("POST /-/reload", () => {
  const reloadCounting = (): { queries: WebQueries; count: () => number } => {
    let reloads = 0;
    const reload = (): Promise<typeof UNCHANGED> => {
      reloads++;
      return Promise.resolve(UNCHANGED);
    };
    return { queries: fakeQueries({ reload }), count: () => reloads };
  };

  test("reloads for a client on this machine", async () => {
    const { queries, count } = reloadCounting();
    await withApp(queries, async (listener) => {
      expect((await ask(listener, "/-/reload", { method: "POST", body: "ignored" })).status).toBe(200);
      expect(count()).toBe(1);
    });
  });

  test.each([
    ["through a proxy", { "x-forwarded-for": "203.0.113.9" }],
    ["through a proxy that names its client otherwise", { forwarded: "for=203.0.113.9" }],
    ["through a proxy that names itself", { via: "1.1 proxy" }],
    ...["x-real-ip", "x-client-ip", "x-forwarded-proto", "x-forwarded-host", "true-client-ip", "cf-connecting-ip"].map(
      (name): [string, Record<string, string>] => [`with the header ${name}`, { [name]: "203.0.113.9" }],
    ),
    ...["x-envoy-external-address", "x-request-id", "x-arr-log-id", "x-original-url", "traceparent"].map(
      (name): [string, Record<string, string>] => [`with the header ${name}`, { [name]: "1" }],
    ),
    ["through a proxy that passes on its client's Host", { host: "hma.example.com" }],
    ["through a relay at another port", { host: "127.0.0.1:1" }],
    ["for an address that is not this machine's own", { host: "203.0.113.9:10401" }],
    ["from a page of another site", { origin: "https://evil.example" }],
    ["from a form of another site", { "sec-fetch-site": "cross-site" }],
  ])("is refused %s", async (_name, headers) => {
    const { queries, count } = reloadCounting();
    await withApp(queries, async (listener) => {
      expect((await ask(listener, "/-/reload", { method: "POST", headers })).status).toBe(403);
      expect(count()).toBe(0);
    });
  });

  test.each([
    ["an external URL", externalAddress("https://monitoring.example.com/", null)],
    ["a route prefix", externalAddress(null, "/hma")],
  ])("is refused without a password if %s shows a proxy", async (_name, external) => {
    const { queries, count } = reloadCounting();
    await withApp(
      queries,
      async (listener) => {
        expect((await ask(listener, `${external.base}/-/reload`, { method: "POST" })).status).toBe(403);
        expect(count()).toBe(0);
      },
      { external },
    );
  });

  test.each(["localhost", "127.0.0.1"])("is accepted from usual clients, at %s", async (name) => {
    const { queries, count } = reloadCounting();
    await withApp(queries, async (listener) => {
      const url = `http://${name}:${listener.port}/-/reload`;
      expect((await fetch(url, { method: "POST" })).status).toBe(200);
      const curl = { "user-agent": "curl/7.88.1", accept: "*/*", "content-type": "text/plain" };
      const headers = { ...curl, host: `${name}:${listener.port}` };
      expect((await ask(listener, "/-/reload", { method: "POST", headers, body: "" })).status).toBe(200);
      expect(count()).toBe(2);
    });
  });

  test.each([
    ["over HTTP/1.0, as nginx asks unless configured otherwise", "HTTP/1.0", true],
    ["with an empty Host", "HTTP/1.1", false],
  ])("is refused %s", async (_name, version, hasHost) => {
    const { queries, count } = reloadCounting();
    await withApp(queries, async (listener) => {
      const host = hasHost ? `127.0.0.1:${listener.port}` : "";
      const asked = `POST /-/reload ${version}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect(await raw(listener, asked)).toMatch(/^HTTP\/1\.1 403 /);
      expect(count()).toBe(0);
    });
  });

  test("refuses GET", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await ask(listener, "/-/reload");
      expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    });
  });

  test("returns the applied keys, and those that need a restart", async () => {
    const replies: string[] = [];
    for (const result of [
      UNCHANGED,
      { ok: true, applied: ["log.level"], waiting: ["loop.threshold", "farm"] },
    ] as const) {
      await withApp(fakeQueries({ reload: () => Promise.resolve(result) }), async (listener) => {
        replies.push((await ask(listener, "/-/reload", { method: "POST" })).text);
      });
    }
    expect(replies).toEqual([
      "Reloaded: no key of the configuration has changed\n",
      "Reloaded\napplied: log.level\nafter a restart: loop.threshold, farm\n",
    ]);
  });

  test("returns the faults of an invalid configuration", async () => {
    await withApp(
      fakeQueries({
        reload: () =>
          Promise.resolve({
            ok: false,
            faults: ["loop.threshold: found zero, allowed is a whole number from 2 to 1000"],
          }),
      }),
      async (listener) => {
        const answer = await ask(listener, "/-/reload", { method: "POST" });
        expect(answer.status).toBe(500);
        expect(answer.text).toContain("loop.threshold: found zero");
      },
    );
  });
});

describe("errors", () => {
  test("an internal error is logged in full, and the client gets no details", async () => {
    const seen: unknown[] = [];
    const broken = fakeQueries({
      exporterMetrics: () => {
        throw new Error("secret detail");
      },
      status: () => {
        throw new Error("secret detail");
      },
      onError: (error) => seen.push(error),
    });
    await withApp(broken, async (listener) => {
      for (const path of ["/metrics", "/", "/api/v1/servers"]) {
        const answer = await ask(listener, path);
        expect([answer.status, answer.text]).toEqual([500, "Internal error\n"]);
      }
      expect(seen).toHaveLength(3);
      expect((await ask(listener, "/-/healthy")).status).toBe(200);
    });
  });

  test("pages above the limit are refused without blocking scrapes, and the next page is served", async () => {
    const held = Promise.withResolvers<typeof UNCHANGED>();
    const queries = fakeQueries({ reload: () => held.promise });
    await withApp(
      queries,
      async (listener) => {
        const waiting = [
          ask(listener, "/-/reload", { method: "POST" }),
          ask(listener, "/-/reload", { method: "POST" }),
        ];
        await waitUntil(async () => (await ask(listener, "/")).status === 503);
        const refused = await ask(listener, "/incidents");
        expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
        for (const path of ["/metrics", "/metrics/servers/EX01", "/sd", "/-/healthy", "/ready/mapi?server=EX01"])
          expect([path, (await ask(listener, path)).status]).toEqual([path, 200]);
        held.resolve(UNCHANGED);
        expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
        await waitUntil(async () => (await ask(listener, "/")).status === 200);
        expect((await ask(listener, "/metrics")).text).toMatch(/endpoint="other",outcome="refused"\} [1-9]/);
      },
      { maxConcurrentRequests: 2 },
    );
  });

  test("each scrape in a flood is answered or refused", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        const answers = await Promise.all(
          Array.from({ length: 300 }, () =>
            ask(listener, "/metrics/servers/EX01", { headers: { "accept-encoding": "gzip" } }),
          ),
        );
        expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
        expect(answers.some(({ status }) => status === 200)).toBe(true);
        expect((await ask(listener, "/metrics")).status).toBe(200);
      },
      { maxConcurrentRequests: 5 },
    );
  });

  test("a client that disconnects early frees its slot", async () => {
    await withApp(
      fakeQueries(),
      async (listener) => {
        for (let count = 0; count < 20; count++) {
          const socket = connect(listener.port, "127.0.0.1");
          socket.on("error", () => undefined);
          socket.write("GET /metrics/servers/EX01 HTTP/1.1\r\nHost: x\r\n\r\n");
          await once(socket, "connect");
          socket.destroy();
        }
        await waitUntil(async () => (await ask(listener, "/metrics")).status === 200);
      },
      { maxConcurrentRequests: 3 },
    );
  });

  test("an oversized header or path, and data that is not HTTP, get a short refusal", async () => {
    await withApp(fakeQueries(), async (listener) => {
      expect(await raw(listener, `GET /metrics HTTP/1.1\r\nHost: x\r\nCookie: ${"a".repeat(20_000)}\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 431 /,
      );
      expect(await raw(listener, `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
      expect(await raw(listener, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
      expect(
        await raw(
          listener,
          "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
      ).toMatch(/^HTTP\/1\.1 400 /);
      expect((await ask(listener, "/-/healthy")).status).toBe(200);
    });
  });

  test("the body of a request is not read, and its connection is closed", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const answer = await raw(
        listener,
        `GET /-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${"a".repeat(1000)}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    });
  });

  test("clients that never finish their headers do not block others", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const slow = Array.from({ length: 100 }, () => connect(listener.port, "127.0.0.1"));
      for (const socket of slow) {
        socket.on("error", () => undefined);
        socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      }
      expect((await ask(listener, "/metrics")).status).toBe(200);
      for (const socket of slow) socket.destroy();
    });
  });
});

/** Polls a state of the other side that has no event. */
async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot wait any longer: it did not come to pass");
}
