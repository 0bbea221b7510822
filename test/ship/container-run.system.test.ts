import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { scrape, until } from "../daemon/daemon-process.ts";
import { buildImage, LIMITS, whyNoContainer, type ContainerHost } from "./container-host.ts";
import { freePort } from "./free-port.ts";
import { tellSkipped } from "./tell-skipped.ts";

const READ = /^hma_log_(?:lines|bytes_read)_total\b/;
const REQUESTS = /^hma_requests_total\b/;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const because = whyNoContainer();
if (because !== null) tellSkipped("container", because);

(because === null ? describe : describe.skip)("the container, built from the Dockerfile and run by runc", () => {
  let folder = "";
  let url = "";
  let host: ContainerHost;
  /** Number of requests in the logs of EX01. */
  let requests = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hma-container-farm-"));
    mkdirSync(join(folder, "farm"));
    const truth = await writeFarm(join(folder, "farm"), {
      ...BARE_PLAN,
      startMs: Date.now() - 3 * 3_600_000,
      durationMs: 7_200_000,
      clients: 60,
      requestsPerSecond: 0.5,
      scenarios: [{ name: "stale-keys-crash", afterMs: 2_400_000, server: 0 }],
    });
    requests = sum(Object.values(truth.requests["EX01"] ?? {}));
    writeFileSync(join(folder, "hma.yml"), "keys: { enabled: false }\n");
    host = buildImage(COMMIT);
    const address = `127.0.0.1:${String(await freePort())}`;
    url = `http://${address}`;
    // As described in docs/container.md, but with the host's loopback instead of its own network.
    const started = host.podman(
      "run",
      "-d",
      "--name",
      "hma",
      "--hostname",
      "hma-exporter",
      "--read-only",
      "--read-only-tmpfs=false",
      "--cap-drop",
      "ALL",
      "--security-opt",
      "no-new-privileges",
      ...LIMITS,
      "--network",
      "host",
      "-e",
      `HMA_HEALTH_URL=${url}/-/healthy`,
      "-v",
      `${folder}/farm:/farm:ro`,
      "-v",
      `${folder}/hma.yml:/etc/hma-exporter/hma.yml:ro`,
      "-v",
      "hma-state:/var/lib/hma-exporter",
      host.image,
      "serve",
      "--farm",
      "/farm",
      "--config.file",
      "/etc/hma-exporter/hma.yml",
      "--web.listen-address",
      address,
    );
    expect(started).toMatchObject({ code: 0 });
    await ready();
  }, 900_000);

  afterAll(() => {
    host.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const said = (): string => {
    const { stdout, stderr } = host.podman("logs", "hma");
    return stdout + stderr;
  };
  const ready = (): Promise<true> =>
    until(async () => ((await fetch(`${url}/-/ready`)).ok ? (true as const) : null), 60_000, said);
  const node = (script: string): { code: number | null; stdout: string } =>
    host.podman("exec", "hma", "/usr/local/bin/node", "-e", script);
  const read = (): Promise<Map<string, number>> => scrape(`${url}/metrics/servers/EX01`, READ);
  const counted = async (): Promise<number> =>
    sum([...(await scrape(`${url}/metrics/servers/EX01`, REQUESTS)).values()]);

  test("the image declares its user, its writable folder and its health check, and contains its commit", () => {
    const [image] = JSON.parse(host.podman("inspect", host.image).stdout) as [
      {
        Config: { User: string; Volumes: object; Entrypoint: string[] };
        Healthcheck?: { Test: string[] };
        Size: number;
      },
    ];
    expect(image.Config).toMatchObject({
      User: "65532:65532",
      Volumes: { "/var/lib/hma-exporter": {} },
      Entrypoint: ["/usr/local/bin/node", "/app/dist/main.js"],
    });
    expect(image.Healthcheck?.Test[1]).toBe("/usr/local/bin/node");
    expect(image.Size).toBeLessThan(200_000_000);
    expect(host.podman("run", "--rm", ...LIMITS, "--network", "none", host.image, "--version").stdout).toContain(
      `(commit: ${COMMIT}, node: ${process.version}`,
    );
  });

  test("the image contains no shell and no npm", () => {
    for (const program of ["/bin/sh", "sh", "npm"]) expect(host.podman("exec", "hma", program).code).not.toBe(0);
  });

  test("it runs as an unprivileged user, without capabilities or any way to gain them", () => {
    const status = node('process.stdout.write(require("node:fs").readFileSync("/proc/1/status", "utf8"))').stdout;
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(status).toMatch(new RegExp(`^${set}:\t0{16}$`, "m"));
  });

  test("it can write only its state", () => {
    const tried = node(`
      const { writeFileSync, rmSync } = require("node:fs");
      const tell = (folder) => { try { writeFileSync(folder + "/try", ""); rmSync(folder + "/try"); return "written"; } catch (error) { return error.code; } };
      process.stdout.write(JSON.stringify(Object.fromEntries(["/", "/app", "/etc", "/tmp", "/usr/local/bin", "/farm", "/farm/EX01", "/var/lib/hma-exporter"].map((folder) => [folder, tell(folder)]))));
    `).stdout;
    expect(JSON.parse(tried)).toEqual({
      "/": "EROFS",
      "/app": "EROFS",
      "/etc": "EROFS",
      "/tmp": "EROFS",
      "/usr/local/bin": "EROFS",
      "/farm": "EROFS",
      "/farm/EX01": "EROFS",
      "/var/lib/hma-exporter": "written",
    });
  });

  test("it can be scraped, and its own health check reports healthy", async () => {
    const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as {
      incidents: { server: string; cause: string }[];
    };
    expect(incidents).toMatchObject([{ server: "EX01", cause: "stale_keys_after_recycle" }]);
    expect((await fetch(`${url}/metrics`)).headers.get("content-type")).toContain("version=0.0.4");
    expect(await (await fetch(`${url}/sd`)).json()).toHaveLength(
      readdirSync(join(folder, "farm")).filter((name) => name.startsWith("EX")).length,
    );
    expect(host.podman("healthcheck", "run", "hma")).toMatchObject({ code: 0 });
  });

  test("SIGTERM ends it with code 0; after a restart, also after SIGKILL, it continues and counts nothing twice", async () => {
    const before = await read();
    let least = await counted();
    expect(least).toBeGreaterThan(0.9 * requests);
    for (const signal of ["TERM", "KILL"]) {
      expect(host.podman("kill", "--signal", signal, "hma")).toMatchObject({ code: 0 });
      expect(host.podman("wait", "hma").stdout.trim()).toBe(signal === "TERM" ? "0" : "137");
      expect(host.podman("start", "hma")).toMatchObject({ code: 0 });
      await ready();
      expect(await read()).toEqual(before);
      // Requests that wait for their rows in other logs may be counted meanwhile.
      const now = await counted();
      expect(now).toBeGreaterThanOrEqual(least);
      expect(now).toBeLessThanOrEqual(requests);
      least = now;
    }
    const proxies = join(folder, "farm", "EX01", "Logging", "HttpProxy", "Ews");
    const newest = join(proxies, readdirSync(proxies).sort().at(-1) ?? "");
    const lastLine = readFileSync(newest, "utf8").trimEnd().split("\n").at(-1) ?? "";
    const bytes = 'hma_log_bytes_read_total{format="http_proxy"}';
    const grown = (before.get(bytes) ?? 0) + Buffer.byteLength(lastLine) + 1;
    appendFileSync(newest, `${lastLine}\n`);
    expect(
      await until(
        async () => {
          const now = (await read()).get(bytes) ?? 0;
          return now >= grown ? now : null;
        },
        60_000,
        said,
      ),
    ).toBe(grown);
  }, 300_000);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
