import { connect as connectTcp, type Socket } from "node:net";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { makeCertificates } from "../web/certificates.ts";
import { HAS_PROMETHEUS, startPrometheus } from "../web/prometheus.ts";
import { startServe, until } from "./daemon-process.ts";

const AUTHORIZATION = `Basic ${Buffer.from("prometheus:s3cret").toString("base64")}`;
/** Paths that lead outside or nowhere, each with the allowed statuses. */
const TRICKS = [
  "/../../../../etc/passwd",
  "/..%2f..%2f..%2fetc%2fpasswd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/incidents/..%2f..%2f..%2fetc%2fpasswd",
  "/incidents/%00",
  "/incidents/../bundle.zip",
  "/incidents/%2e%2e/bundle.zip",
  "/metrics/servers/..",
  "/metrics/servers/..%2f..",
  "/metrics/servers/EX01%00",
  "/metrics/servers/EX01%2f..%2fEX02",
  "//etc/passwd",
  "/%",
  "/%ff%fe",
  "/incidents/%E0%A4%A",
  "/ready/__proto__",
  "/ready/constructor",
  "/metrics/servers/__proto__",
  "/.git/config",
  "/package.json",
  "/state.json",
  `/${"a".repeat(8_000)}`,
  "/metrics?x=" + "y".repeat(8_000),
  "/METRICS",
  "/-/reload",
  "/-/healthy/..",
  "/http://169.254.169.254/latest/meta-data/",
  "*",
] as const;

const served = HAS_PROMETHEUS ? test : test.skip;

served(
  "a daemon with TLS and a password continues to read and serve despite slow clients, a flood and path traversal",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-serving-"));
    const certificates = makeCertificates();
    certificates.make("server");
    const farm = join(folder, "farm");
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 7_200_000,
      durationMs: 6_600_000,
      clients: 200,
      requestsPerSecond: 8,
    });
    const web = certificates.path("web.yml");
    writeFileSync(
      web,
      `tls_server_config: { cert_file: server.pem, key_file: server.key }\nbasic_auth_users: { prometheus: ` +
        `"${hashSync("s3cret", 10)}" }\nhttp_server_config: { http2: true }\n`,
    );
    writeFileSync(join(folder, "hma.yml"), "keys: { enabled: false }\nweb: { maxRequests: 20 }\n");
    const daemon = startServe(farm, join(folder, "state"), [
      "--config.file",
      join(folder, "hma.yml"),
      "--web.config.file",
      web,
    ]);
    const hostile: Socket[] = [];
    const url = await daemon.url;
    const port = Number(new URL(url).port);
    const prometheus = await startPrometheus(`
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: exporter
    scheme: https
    basic_auth: { username: prometheus, password: s3cret }
    tls_config: { ca_file: ${certificates.path("ca.pem")}, server_name: localhost }
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
    scrape_timeout: 1s
  - job_name: servers
    scheme: https
    basic_auth: { username: prometheus, password: s3cret }
    tls_config: { ca_file: ${certificates.path("ca.pem")}, server_name: localhost }
    http_sd_configs: [{ url: "https://127.0.0.1:${port}/sd", refresh_interval: 2s, basic_auth: { username: prometheus, password: s3cret }, tls_config: { ca_file: ${certificates.path("ca.pem")}, server_name: localhost } }]
`);
    const ask = (path: string, options: RequestOptions = {}): Promise<Answer> =>
      get({ port, path, ca: undefined, rejectUnauthorized: false, ...options });
    const knowing = { headers: { authorization: AUTHORIZATION } };
    try {
      expect(url).toMatch(/^https:/);
      expect((await ask("/metrics")).status).toBe(401);
      expect((await ask("/metrics", knowing)).status).toBe(200);
      // Prometheus uses HTTP/2 if possible.
      expect(
        daemon.messages.filter((line) => line.includes('"level":"warn"') && line.includes("HTTP/2 is not supported")),
      ).toHaveLength(1);

      // Clients that send nothing, send slowly, do not use TLS, or never read the answer.
      for (let count = 0; count < 60; count++) {
        hostile.push(connectTcp(port, "127.0.0.1"));
        const slow = connect({ port, rejectUnauthorized: false });
        slow.once("secureConnect", () => slow.write("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: "));
        const plain = connectTcp(port, "127.0.0.1");
        plain.write("GET / HTTP/1.1\r\n\r\n");
        const deaf = connect({ port, rejectUnauthorized: false });
        deaf.once("secureConnect", () =>
          deaf.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\n\r\n`.repeat(20)),
        );
        deaf.pause();
        hostile.push(slow, plain, deaf);
      }
      for (const socket of hostile) socket.on("error", () => undefined);
      const trickle = setInterval(() => {
        for (const socket of hostile) if (!socket.destroyed) socket.write("a");
      }, 200);

      const flood = Promise.all(
        Array.from({ length: 400 }, (_, at) =>
          ask(at % 3 === 0 ? "/" : "/metrics", at % 2 === 0 ? knowing : {}).catch(() => null),
        ),
      );
      const tricks: (Answer & { path: string })[] = [];
      for (const path of TRICKS) tricks.push({ path, ...(await ask(path, knowing)) });
      const answers = await flood;
      clearInterval(trickle);
      expect(
        tricks
          .filter(({ status }) => ![200, 400, 404, 405, 503].includes(status))
          .map(({ path, status }) => [path, status]),
      ).toEqual([]);
      expect(
        tricks.filter(({ status, path }) => status === 200 && !path.startsWith("/metrics?")).map(({ path }) => path),
      ).toEqual([]);
      for (const { text } of tricks)
        expect(text).not.toMatch(/root:|"name": "hma|\[core\]|hma-exporter-state|node_modules|at .*\.ts:/);
      const statuses = new Set(answers.map((answer) => answer?.status));
      expect([...statuses].every((status) => status === undefined || [200, 401, 503].includes(status))).toBe(true);
      expect(answers.some((answer) => answer?.status === 200)).toBe(true);

      // Meanwhile the logs were read, and new rows are read as well.
      const [log = ""] = readdirSync(join(farm, "EX01/LogFiles/W3SVC1"));
      appendFileSync(join(farm, "EX01/LogFiles/W3SVC1", log), "no row at all\r\n");
      await until(
        async () => ((await ask("/-/ready", knowing)).status === 200 ? true : null),
        120_000,
        () => "not ready",
      );
      await until(
        async () =>
          /hma_log_lines_total\{format="iis",fate="unreadable"\} 1$/m.test(
            (await ask("/metrics/servers/EX01", knowing)).text,
          )
            ? true
            : null,
        60_000,
        () => "the new line was not read",
      );
      expect((await ask("/metrics", knowing)).text).toContain("hma_log_unaccounted_bytes 0");

      // Prometheus was served all the time.
      await prometheus.query("up", (samples) => samples.length === 3 && samples.every(({ value }) => value === "1"));
      expect(await prometheus.scrapeErrors()).toEqual([]);
      const [total] = await prometheus.query(
        'sum(hma_requests_total{job="servers"})',
        (samples) => Number(samples[0]?.value ?? 0) > 50_000,
      );
      expect(Number(total?.value)).toBeGreaterThan(50_000);
      expect(daemon.messages.filter((line) => /"level":"error"/.test(line))).toEqual([]);
    } finally {
      for (const socket of hostile) socket.destroy();
      await prometheus.stop();
      expect(await daemon.stop()).toBe(0);
      certificates.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  300_000,
);

interface Answer {
  readonly status: number;
  readonly text: string;
}

function get(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") });
      });
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
