import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { writeFileSync } from "node:fs";
import { readWebConfig } from "../../src/config/read-web-config.ts";
import { listen } from "../../src/web/listen.ts";
import type { Listener } from "../../src/web/listen.ts";
import { createWebApp } from "../../src/web/web-app.ts";
import { DEFAULT_WEB_OPTIONS } from "../../src/web/web-options.ts";
import type { WebApp } from "../../src/web/web-app.ts";
import { makeCertificates } from "./certificates.ts";
import { HAS_PROMETHEUS, startPrometheus } from "./prometheus.ts";
import type { Prometheus } from "./prometheus.ts";
import { fakeQueries } from "./web-fixture.ts";

const scraped = HAS_PROMETHEUS ? describe : describe.skip;

scraped("a real Prometheus", () => {
  const certificates = makeCertificates();
  const listeners: Listener[] = [];
  const accepts: string[] = [];
  let prometheus: Prometheus;

  beforeAll(async () => {
    certificates.make("server");
    certificates.make("client");
    writeFileSync(
      certificates.path("web.yml"),
      [
        "tls_server_config: { cert_file: server.pem, key_file: server.key, client_auth_type: " +
          "RequireAndVerifyClientCert, client_ca_file: ca.pem }",
        `basic_auth_users: { prometheus: "${hashSync("s3cret", 4)}" }`,
      ].join("\n"),
    );
    const central = createWebApp(fakeQueries(), { ...DEFAULT_WEB_OPTIONS, mode: "central" });
    const beside = createWebApp(fakeQueries({ serverNames: () => ["EX01"] }));
    const noting: WebApp = (request, response, context) => {
      accepts.push(request.headers.accept ?? "");
      central(request, response, context);
    };
    const textOnly: WebApp = (request, response, context) => {
      request.headers.accept = "text/plain;version=0.0.4";
      beside(request, response, context);
    };
    const secret = {
      read: () => readWebConfig(certificates.path("web.yml")),
      onFault: () => undefined,
      pollMs: 3_600_000,
    };
    listeners.push(
      await listen(noting, "127.0.0.1:0"),
      await listen(textOnly, "127.0.0.1:0"),
      await listen(beside, "127.0.0.1:0", secret),
    );
    const [openmetrics, text, tls] = listeners.map(({ port }) => `127.0.0.1:${port}`);
    prometheus = await startPrometheus(`
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: sd
    http_sd_configs: [{ url: "http://${openmetrics}/sd" }]
  - job_name: central
    static_configs: [{ targets: ["${openmetrics}"] }]
  - job_name: text
    static_configs: [{ targets: ["${text}"] }]
  - job_name: tls
    scheme: https
    basic_auth: { username: prometheus, password: s3cret }
    tls_config: { ca_file: ${certificates.path("ca.pem")}, cert_file: ${certificates.path("client.pem")}, key_file: ${certificates.path("client.key")}, server_name: localhost }
    static_configs: [{ targets: ["${tls}"] }]
`);
  });

  afterAll(async () => {
    await prometheus?.stop();
    for (const listener of listeners) await listener.close();
    certificates.remove();
  });

  test("finds the servers through /sd, each with its name as instance", async () => {
    const up = await prometheus.query(
      'up{job="sd"}',
      (samples) => samples.length === 2 && samples.every(({ value }) => value === "1"),
    );
    expect(up.map(({ labels }) => labels["instance"]).sort()).toEqual(["EX01", "EX02"]);
  });

  test("stores the exported values through OpenMetrics, text format, and TLS with a password", async () => {
    const up = await prometheus.query(
      "up",
      (samples) => samples.length === 5 && samples.every(({ value }) => value === "1"),
    );
    expect(up).toHaveLength(5);
    expect(await prometheus.scrapeErrors()).toEqual([]);
    for (const job of ["sd", "text", "tls"]) {
      const one = async (expression: string): Promise<string | undefined> =>
        (await prometheus.query(expression, (samples) => samples.length > 0))[0]?.value;
      expect(await one(`hma_requests_total{job="${job}",protocol="ews",scheme="bearer",result="rejected"}`)).toBe(
        "1234",
      );
      expect(
        await one(
          `hma_incident_open{job="${job}",app_pool="MSExchangeServicesAppPool",cause="stale_keys_after_recycle"}`,
        ),
      ).toBe("1");
      expect(
        await one(`hma_bearer_loop_duration_seconds_count{job="${job}",app_pool="MSExchangeServicesAppPool"}`),
      ).toBe("4");
      expect(
        await one(
          `histogram_quantile(0.5, hma_bearer_loop_duration_seconds_bucket{job="${job}",app_pool="MSExchangeServicesAppPool"})`,
        ),
      ).toBe("60");
    }
    const [object] = await prometheus.query('hma_config_compliant{job="central"}', (samples) => samples.length > 0);
    expect(object?.labels["object"]).toBe('EX01\\EWS "Default"\nWeb Site');
  });

  test("requests OpenMetrics by default, and gets it", async () => {
    expect(accepts.some((accept) => accept.startsWith("application/openmetrics-text"))).toBe(true);
    const bounds = await prometheus.query(
      'count by (le) (hma_incident_duration_seconds_bucket{job="sd"})',
      (samples) => samples.length > 0,
    );
    expect(bounds.map(({ labels }) => labels["le"])).toContain("60.0");
  });
});
