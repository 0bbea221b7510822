import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until, type DaemonProcess } from "./daemon-process.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

const HAS_HAPROXY = spawnSync("haproxy", ["-v"]).status === 0;
if (!HAS_HAPROXY) console.warn("The test with a real balancer is skipped: haproxy is not installed");

let folder = "";
const children: ChildProcess[] = [];
const daemons: DaemonProcess[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hma-gate-"));
  // A worker of EX01 was replaced five minutes ago and has refused tokens since; EX02 is fine.
  await writeFarm(join(folder, "farm"), {
    ...BARE_PLAN,
    startMs: Date.now() - 42 * MINUTE_MS,
    durationMs: 42 * MINUTE_MS,
    clients: 60,
    requestsPerSecond: 0.5,
    scenarios: [{ name: "stale-keys-crash", afterMs: 37 * MINUTE_MS, server: 0 }],
  });
});

afterAll(async () => {
  for (const child of children) child.kill("SIGTERM");
  for (const server of servers) server.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function serve(name: string, settings: object): Promise<string> {
  const config = join(folder, `${name}.yml`);
  writeFileSync(config, JSON.stringify(settings));
  const daemon = startServe(join(folder, "farm"), join(folder, name), ["--config.file", config]);
  daemons.push(daemon);
  const url = await daemon.url;
  await until(
    async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
    60_000,
    () => daemon.messages.join("\n"),
  );
  return url;
}

async function ask(url: string): Promise<readonly [number, string]> {
  const answer = await fetch(url);
  return [answer.status, (await answer.text()).trim()];
}

describe("GET /ready/<protocol>", () => {
  test("holds back only the protocol of the server whose worker refuses tokens", async () => {
    const url = await serve("gated", {});
    expect(await ask(`${url}/ready/mapi?server=EX01`)).toEqual([
      503,
      "open incident on MSExchangeMapiFrontEndAppPool: stale_keys_after_recycle",
    ]);
    expect(await ask(`${url}/ready/mapi?server=EX02`)).toEqual([200, "no open incident"]);
    expect(await ask(`${url}/ready/owa?server=EX01`)).toEqual([200, "no open incident"]);
    expect((await ask(`${url}/ready/mapi`))[0]).toBe(400);
    expect((await ask(`${url}/ready/mapi?server=EX09`))[0]).toBe(404);
    expect((await ask(`${url}/ready/smtp?server=EX01`))[0]).toBe(404);
    expect((await fetch(`${url}/ready/mapi?server=EX01`, { method: "HEAD" })).status).toBe(503);
  });

  test("allows traffic after the grace period", async () => {
    const url = await serve("lenient", { gate: { grace: "1m" } });
    expect(await ask(`${url}/ready/mapi?server=EX01`)).toEqual([
      200,
      "an open incident has lasted longer than the grace",
    ]);
  });

  (HAS_HAPROXY ? test : test.skip)(
    "makes a real load balancer send traffic to the other server (docs/load-balancer.md)",
    async () => {
      const gate = new URL(await serve("balanced", {}));
      const daemon = daemons.at(-1);
      const [one, other, front] = [await exchangeServer("EX01"), await exchangeServer("EX02"), await freePort()];
      // The example of the documentation, with the addresses of this test.
      const example = /```haproxy\n([\s\S]*?)```/.exec(readFileSync("docs/load-balancer.md", "utf8"))?.[1] ?? "";
      const adapted = example
        .replaceAll("ex01.contoso.example:443", `127.0.0.1:${one}`)
        .replaceAll("ex02.contoso.example:443", `127.0.0.1:${other}`)
        .replace("addr 10.0.0.9 port 10401", `addr 127.0.0.1 port ${gate.port}`)
        .replace("bind :443 ssl crt /etc/haproxy/mail.pem", `bind 127.0.0.1:${front}`)
        .replaceAll(/ ssl verify required ca-file \S+/g, "")
        .replaceAll("inter 10s", "inter 200ms");
      expect(adapted).not.toMatch(/contoso|port 10401\b|:443\b/);
      const config = join(folder, "haproxy.cfg");
      writeFileSync(
        config,
        `defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n${adapted}`,
      );
      children.push(spawn("haproxy", ["-f", config], { stdio: "ignore" }));
      const answering = async (): Promise<string> => {
        const answers = new Set<string>();
        for (let count = 0; count < 10; count++) answers.add((await ask(`http://127.0.0.1:${front}/mapi/`))[1]);
        return [...answers].sort().join(" ");
      };
      // Until its first checks, a load balancer assumes that all servers are up.
      await until(
        async () => ((await answering()) === "EX02" ? true : null),
        30_000,
        () => "all traffic to be at EX02",
      );
      await daemon?.stop();
      await until(
        async () => ((await answering()) === "EX01 EX02" ? true : null),
        30_000,
        () => "traffic to come back to both",
      );
    },
  );
});

/** Replacement for an Exchange server; answers with its name. */
async function exchangeServer(name: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.end(name);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
