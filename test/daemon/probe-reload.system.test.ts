import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  openSimulatedServers,
  probeSettings,
  type SimulatedServers,
} from "../../src/commands/simulated/simulated-servers.ts";
import { startServe, until, type DaemonProcess } from "./daemon-process.ts";

let folder = "";
let servers: SimulatedServers;
let daemon: DaemonProcess;
let url = "";
let settings: object;

function configure(probe: object | null): void {
  writeFileSync(
    join(folder, "hma.yaml"),
    JSON.stringify({ keys: { enabled: false }, ...(probe === null ? {} : { probe }) }),
  );
}

async function reload(): Promise<readonly [number, string]> {
  const answer = await fetch(`${url}/-/reload`, { method: "POST" });
  return [answer.status, await answer.text()];
}

async function probe(target: string): Promise<readonly [number, string]> {
  const answer = await fetch(`${url}/probe?target=${target}`);
  return [answer.status, await answer.text()];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hma-probe-reload-"));
  mkdirSync(join(folder, "farm", "EX01", "LogFiles"), { recursive: true });
  servers = await openSimulatedServers(["EX01", "EX02"], Date.now);
  writeFileSync(join(folder, "ca.pem"), servers.tls.certificate);
  settings = probeSettings(servers, join(folder, "ca.pem"), "1s");
  configure(null);
  daemon = startServe(join(folder, "farm"), join(folder, "state"), ["--config.file", join(folder, "hma.yaml")]);
  url = await daemon.url;
}, 120_000);

afterAll(async () => {
  await daemon.stop();
  await servers.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a reload starts a probe, keeps it if the next configuration is invalid, and removes it", async () => {
  expect(await probe("EX01")).toEqual([400, "No probe is configured\n"]);

  configure(settings);
  expect(await reload()).toEqual([200, "Reloaded\napplied: probe\n"]);
  const [status, text] = await probe("EX01");
  expect([status, text.includes('hma_probe_verdict{protocol="ews",verdict="offered"} 1')]).toEqual([200, true]);
  // The daemon also probes by itself.
  await until(
    async () => {
      const page = await fetch(`${url}/metrics/servers/EX02`);
      return (await page.text()).includes('hma_probe_success{probe="challenge",protocol="ews"} 1') ? true : null;
    },
    30_000,
    () => "a server that is only probed has no page of what was found",
  );

  configure({ ...settings, caFile: join(folder, "gone.pem") });
  const [refused, why] = await reload();
  expect(refused).toBe(500);
  expect(why).toContain(
    `probe.caFile: found "${join(folder, "gone.pem")}" (Cannot read the certificates in ` +
      `"${join(folder, "gone.pem")}": ENOENT), allowed is a file of certificates in PEM`,
  );
  expect((await probe("EX01"))[1]).toContain('verdict="offered"} 1');

  configure({ ...settings, servers: [{ name: "EX02", address: `127.0.0.1:${servers.servers[1]?.port ?? 0}` }] });
  expect(await reload()).toEqual([200, "Reloaded\napplied: probe.servers\n"]);
  expect((await probe("EX01"))[0]).toBe(400);
  // Earlier findings stay.
  const kept = await (await fetch(`${url}/metrics/servers/EX02`)).text();
  expect(kept.includes('hma_probe_success{probe="challenge",protocol="ews"} 1')).toBe(true);

  configure(null);
  expect(await reload()).toEqual([200, "Reloaded\napplied: probe\n"]);
  expect(await probe("EX02")).toEqual([400, "No probe is configured\n"]);
}, 120_000);
