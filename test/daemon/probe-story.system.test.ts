import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { z } from "zod";
import { NAMESPACE, AUTODISCOVER, probeSettings } from "../../src/commands/simulated/simulated-servers.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { openFrontEndFarm, type FrontEndFarm } from "../../src/front-end/front-end-farm.ts";
import { openAuthority, type RunningAuthority } from "../../src/front-end/open-authority.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";
import { keyIdsAt } from "../../src/simulator/front-end/key-ids.ts";
import { simulatedServer } from "../../src/simulator/farm-server.ts";
import { windowsEventText } from "../../src/simulator/lines/windows-event-line.ts";
import { TENANT } from "../../src/simulator/organisation/snapshot-json.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { iisReset } from "../../src/simulator/windows-events.ts";
import { APP_POOLS } from "../../src/model/app-pool.ts";
import { startPrometheus, queryPrometheus } from "../alerts/live-stack.ts";
import { startServe, until, type DaemonProcess } from "./daemon-process.ts";

const HAS_HAPROXY = spawnSync("haproxy", ["-v"]).status === 0;
if (!HAS_HAPROXY) console.warn("The story of the probe is skipped: haproxy is not installed");
const HAS_PROMETHEUS = spawnSync("prometheus", ["--version"]).status === 0;

/** Time from a worker's first Bearer request to its first load of the keys; in production half an hour. */
const DELAY_MS = 8_000;
const SECRET = "secret-of-the-story";
const ROLL_OVER = { kind: "keys_published", atMs: 0 } as const;

/** A request to a front end, and the answer. */
interface Seen {
  readonly server: string;
  readonly isProbe: boolean;
  readonly path: string;
  readonly diagnostics: string;
  readonly atMs: number;
}

let folder = "";
let farm: FrontEndFarm;
let authority: RunningAuthority;
let daemon: DaemonProcess;
let balancer: ChildProcess | null = null;
let url = "";
let front = 0;
let hasRolled = false;
const seen: Seen[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hma-story-"));
  const nowMs = Date.now();
  await writeFarm(join(folder, "farm"), {
    ...BARE_PLAN,
    startMs: nowMs - 20 * MINUTE_MS,
    durationMs: 20 * MINUTE_MS,
    clients: 40,
  });
  farm = await openFrontEndFarm({
    servers: ["EX01", "EX02"],
    namespaces: [NAMESPACE, AUTODISCOVER, "localhost"],
    tenant: TENANT,
    keys: () => keyIdsAt(hasRolled ? [ROLL_OVER] : [], nowMs, Date.now()),
    now: Date.now,
    delayMs: DELAY_MS,
    onAnswer: (server, { userAgent, path }, { headers }) =>
      seen.push({
        server,
        path,
        isProbe: /^hma-exporter\/\S+ \(probe\)$/.test(userAgent),
        diagnostics: headers.find(([name]) => name === "x-ms-diagnostics")?.[1] ?? "",
        atMs: Date.now(),
      }),
  });
  authority = await openAuthority({ farm, namespaces: [NAMESPACE, AUTODISCOVER], secret: SECRET });
  writeFileSync(join(folder, "ca.pem"), farm.tls.certificate);
  writeFileSync(join(folder, "secret"), SECRET);
  const token = {
    authority: authority.url,
    clientId: "00000000-1111-2222-3333-444444444444",
    secretFile: join(folder, "secret"),
    protocol: "oidc",
  };
  const config = join(folder, "hma.yaml");
  const probe = { ...probeSettings(farm, join(folder, "ca.pem"), "2s"), token };
  writeFileSync(config, JSON.stringify({ keys: { enabled: false }, probe }));
  daemon = startServe(join(folder, "farm"), join(folder, "state"), ["--config.file", config]);
  url = await daemon.url;
}, 120_000);

afterAll(async () => {
  balancer?.kill("SIGTERM");
  await daemon.stop();
  await authority.close();
  await farm.close();
  rmSync(folder, { recursive: true, force: true });
});

async function gate(server: string): Promise<string> {
  const answer = await fetch(`${url}/ready/ews?server=${server}`);
  return `${answer.status} ${(await answer.text()).trim()}`;
}

function untilGate(server: string, wanted: string): Promise<string> {
  return until(
    async () => {
      const verdict = await gate(server);
      return verdict.includes(wanted) ? verdict : null;
    },
    90_000,
    () => `the gate of ${server} does not say "${wanted}"\n${daemon.messages.slice(-20).join("\n")}`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** HAProxy in front of both servers; its health checks query the exporter's gate. It passes TLS through. */
async function startBalancer(): Promise<(command: string) => Promise<string>> {
  front = await freePort();
  const socket = join(folder, "haproxy.sock");
  const gatePort = new URL(url).port;
  const servers = farm.servers.map(({ name, port }) => `  server ${name} 127.0.0.1:${port} check`).join("\n");
  const config = join(folder, "haproxy.cfg");
  writeFileSync(
    config,
    `global
  stats socket ${socket} level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend mail
  bind 127.0.0.1:${front}
  default_backend exchange
backend exchange
  balance roundrobin
  option httpchk
  http-check connect addr 127.0.0.1 port ${gatePort}
  http-check send meth GET uri-lf "/ready/ews?server=%[srv_name]"
  http-check expect ! status 503
  default-server inter 200ms fall 1 rise 2
${servers}
`,
  );
  balancer = spawn("haproxy", ["-f", config], { stdio: "ignore" });
  return (command) => tellBalancer(socket, command);
}

function tellBalancer(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const connection = connect(socket, () => connection.end(`${command}\n`));
    connection.on("data", (chunk) => (text += String(chunk)));
    connection.on("close", () => {
      resolve(text);
    });
    connection.on("error", reject);
  });
}

/** Sends a user's request with a current token. Returns the server that answered, and the status. */
async function askAsClient(): Promise<string> {
  const { token } = await farm.tokenFor(NAMESPACE, { scp: "user_impersonation" });
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port: front,
      servername: NAMESPACE,
      ca: farm.tls.certificate,
      agent: false,
      path: "/EWS/Exchange.asmx",
      headers: { Host: NAMESPACE, Authorization: `Bearer ${token}`, "User-Agent": "Outlook" },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      resolve(`${String(response.headers["x-feserver"])} ${response.statusCode}`);
    });
    sent.end();
  });
}

/** Requests of clients refused because of their signature. */
function hit(): Seen[] {
  return seen.filter(({ isProbe, diagnostics }) => !isProbe && diagnostics.startsWith("2000000"));
}

/** Restarts a server: its front end has new workers, with the events in its log. */
function restart(server: string): void {
  for (const appPool of APP_POOLS) farm.recycle(server, appPool);
  const plain = { ...simulatedServer(0, "all"), name: server, eventLayout: "line" as const };
  const text = iisReset().map((event, index) =>
    windowsEventText(plain, event, { atMs: Date.now() + index, record: 90_000 + index }),
  );
  appendFileSync(join(folder, "farm", server, "events", "restart.xml"), `${text.join("\n")}\n`);
}

(HAS_HAPROXY ? test : test.skip)(
  "after a roll-over and the recycle of a drained server, the probe reports old keys, warm-up heals the " +
    "worker, the gate opens, and no client is refused",
  async () => {
    const balancerSays = await startBalancer();
    await until(
      async () =>
        (await fetch(`${url}/metrics/servers/EX02`).then((page) => page.text())).includes(
          'hma_probe_verdict{protocol="ews",verdict="accepted"} 1',
        )
          ? true
          : null,
      90_000,
      () => `no accepted token\n${daemon.messages.slice(-20).join("\n")}`,
    );

    // The server is drained, and restarted after a roll-over that AD does not contain yet.
    await balancerSays("set server exchange/EX02 state drain");
    hasRolled = true;
    await until(
      async () => ((await fetch(`${url}/metrics`).then((page) => page.text())).includes("hma_exposed 1") ? true : null),
      60_000,
      () => "the key of the probe's token, which AD lacks, is no exposure",
    );
    const restartedMs = Date.now();
    restart("EX02");
    const first = await untilGate("EX02", "503 waits for the worker");
    expect(first).toMatch(/first probe of the new worker|does not hold the key/);
    await untilGate("EX02", "does not hold the key that signed the token");

    // Enabled again in the load balancer: its checks keep EX02 out while its workers have old keys.
    await until(
      async () =>
        (await balancerSays("show servers state exchange")).match(/ EX02 \S+ (\d)/)?.[1] === "0" ? true : null,
      30_000,
      () => "the balancer's checks do not find EX02 held back",
    );
    await balancerSays("set server exchange/EX02 state ready");
    const answers: string[] = [];
    await until(
      async () => {
        answers.push(await askAsClient());
        return answers.at(-1)?.startsWith("EX02") === true ? true : null;
      },
      90_000,
      () => `no client was sent to EX02\n${daemon.messages.slice(-20).join("\n")}`,
    );
    expect(await gate("EX02")).toBe("200 the probe's token was accepted");
    expect(Date.now() - restartedMs).toBeGreaterThanOrEqual(DELAY_MS);
    expect(new Set(answers)).toEqual(new Set(["EX01 200", "EX02 200"]));
    expect(hit()).toEqual([]);

    // The first Bearer request of every new worker came from the probe.
    for (const path of ["/EWS/", "/mapi/", "/autodiscover/", "/Microsoft-Server-ActiveSync", "/OAB/", "/api/"]) {
      const after = seen.filter((one) => one.server === "EX02" && one.atMs >= restartedMs && one.path.startsWith(path));
      expect(after[0]).toMatchObject({ isProbe: true });
    }
    expect(
      seen.some(
        ({ server, isProbe, diagnostics }) => server === "EX02" && isProbe && diagnostics.startsWith("2000000"),
      ),
    ).toBe(true);
    const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: unknown[] };
    expect(incidents).toEqual([]);
    expect(daemon.messages.join("\n")).not.toContain(SECRET);
  },
  300_000,
);

(HAS_PROMETHEUS ? test : test.skip)(
  "a real Prometheus probes the servers by relabelling, as described in docs/probe.md",
  async () => {
    const example = /```yaml\n(scrape_configs:[\s\S]*?)```/.exec(readFileSync("docs/probe.md", "utf8"))?.[1] ?? "";
    const adapted = example
      .replace("exporter.contoso.com:10401", new URL(url).host)
      .replace("[EX01, EX02]", "[EX01, EX02, EX09]");
    expect(adapted).toContain("EX09");
    const prometheus = await startPrometheus({
      config: z.record(z.string(), z.unknown()).parse(parse(adapted)),
      scrapeInterval: "10s",
    });
    try {
      const found = await until(
        async () => {
          const up = await queryPrometheus(prometheus, 'hma_probe_success{job="hma-probe",probe="token"} == 1');
          const down = await queryPrometheus(prometheus, 'up{job="hma-probe"} == 0');
          return up.length === 6 && down.length === 1 ? { up, down } : null;
        },
        120_000,
        () => "Prometheus has not probed both servers",
      );
      expect(new Set(found.up.map(({ labels }) => labels["instance"]))).toEqual(new Set(["EX01", "EX02"]));
      // A target that is not configured is refused.
      expect(found.down.map(({ labels }) => labels["instance"])).toEqual(["EX09"]);
    } finally {
      await prometheus.stop();
    }
  },
  240_000,
);
