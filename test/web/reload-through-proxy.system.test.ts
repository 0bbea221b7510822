import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../daemon/daemon-process.ts";
import { freePort } from "../ship/free-port.ts";
import { fakeQueries, UNCHANGED, withApp } from "./web-fixture.ts";

const HAS_HAPROXY = spawnSync("haproxy", ["-v"]).status === 0;
if (!HAS_HAPROXY) console.warn("The test of a reload through a proxy is skipped: haproxy is not installed");

let folder = "";
const proxies: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-reload-proxy-"));
});
afterAll(() => {
  for (const proxy of proxies) proxy.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A proxy on this machine that forwards everything to the exporter; `extra` are lines of its backend section. Resolves to its address. */
async function startProxy(exporterPort: number, extra: readonly string[]): Promise<string> {
  const port = await freePort();
  const path = join(folder, `${port}.cfg`);
  writeFileSync(
    path,
    [
      "defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s",
      `frontend in\n  bind 127.0.0.1:${port}\n  default_backend out`,
      `backend out\n  server one 127.0.0.1:${exporterPort}`,
      ...extra.map((line) => `  ${line}`),
      "",
    ].join("\n"),
  );
  const proxy = spawn("haproxy", ["-db", "-f", path], { stdio: ["ignore", "ignore", "pipe"] });
  proxies.push(proxy);
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => ((await fetch(`${url}/-/healthy`).catch(() => null))?.status === 200 ? true : null),
    20_000,
    () => `haproxy: exit code ${proxy.exitCode}`,
  );
  return url;
}

(HAS_HAPROXY ? test.each : test.skip.each)([
  ["adds nothing", []],
  ["adds X-Real-IP", ["http-request set-header X-Real-IP %[src]"]],
  ["adds Forwarded", ['http-request set-header Forwarded "for=%[src]"']],
  ["adds X-Forwarded-For", ["option forwardfor"]],
])("a reload through a real proxy on this machine that %s is refused", async (_name, extra) => {
  let reloads = 0;
  const reload = (): Promise<typeof UNCHANGED> => {
    reloads++;
    return Promise.resolve(UNCHANGED);
  };
  await withApp(fakeQueries({ reload }), async (listener) => {
    const proxy = await startProxy(listener.port, extra);
    const answer = await fetch(`${proxy}/-/reload`, { method: "POST" });
    expect([answer.status, reloads]).toEqual([403, 0]);
    expect((await fetch(`http://127.0.0.1:${listener.port}/-/reload`, { method: "POST" })).status).toBe(200);
  });
});
