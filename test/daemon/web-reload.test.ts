import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { changedKeys } from "../../src/daemon/reload.ts";
import { writeFarm } from "../../src/daemon/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until } from "./daemon-process.ts";

test("changedKeys() names what differs as the file spells it", () => {
  const before = { farm: null, loop: { threshold: 5, gapMs: 1 }, servers: ["EX01"], events: { was: {} } };
  expect(changedKeys(before, structuredClone(before))).toEqual([]);
  expect(changedKeys(before, { farm: "/f", loop: { threshold: 6, gapMs: 2 }, servers: [], events: { was: { 5011: "crash" } } })).toEqual(["farm", "loop.threshold", "loop.gap", "servers", "events.was.5011"]);
});

test("a running daemon takes over what can be, says what waits, and follows the servers that are named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hma-reload-"));
  const farm = join(folder, "farm");
  await mkdir(farm);
  await writeFarm(farm, { ...BARE_PLAN, startMs: Date.now() - 1_200_000, durationMs: 1_200_000, clients: 20, requestsPerSecond: 0.1 });
  const config = join(folder, "hma.yml");
  const web = join(folder, "web.yml");
  const write = (level: string, more = ""): Promise<void> => writeFile(config, `log: { level: ${level} }\nkeys: { enabled: false }\nservers: [ex02]\nweb: { configFile: ${web} }\n${more}`);
  await write("info");
  await writeFile(web, "");
  const daemon = startServe(farm, join(folder, "state"), ["--config.file", config]);
  try {
    const url = await daemon.url;
    const reload = async (): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`${url}/-/reload`, { method: "POST" });
      return { status: answer.status, text: await answer.text() };
    };
    await until(async () => ((await fetch(`${url}/-/ready`)).ok ? true : null), 60_000, () => "not ready");
    const servers: unknown = await (await fetch(`${url}/api/v1/servers`)).json();
    expect(servers).toMatchObject([{ name: "EX02" }]);
    expect((await fetch(`${url}/metrics/servers/EX01`)).status).toBe(404);

    expect(await reload()).toEqual({ status: 200, text: "Reloaded: no key of the configuration has changed\n" });
    await write("debug", "loop: { threshold: 7 }\nfollow: { lookback: 12h }\n");
    expect(await reload()).toEqual({ status: 200, text: "Reloaded\nin force now: log.level\nwith the next start: follow.lookback, loop.threshold\n" });
    await write("error");
    expect((await reload()).text).toBe("Reloaded\nin force now: log.level\n");
    const said = daemon.messages.length;
    expect((await reload()).text).toContain("no key");
    // What waits for a restart is said in the log as well; now it is silent.
    expect(daemon.messages.filter((line) => line.includes('"waiting":["follow.lookback","loop.threshold"]'))).toHaveLength(1);
    expect(daemon.messages.slice(said)).toEqual([]);

    await write("loud");
    const faulty = await reload();
    expect(faulty.status).toBe(500);
    expect(faulty.text).toContain("log.level: found loud, allowed is one of");
    await write("info");
    await writeFile(web, "basic_auth_users: [nobody]\n");
    expect((await reload()).status).toBe(500);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("hma_exporter_config_last_reload_successful 0");
    // The web configuration holds from the reload on, and not five seconds later.
    await writeFile(web, `basic_auth_users: { prometheus: "${hashSync("s3cret", 4)}" }\n`);
    expect((await reload()).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const page = await fetch(`${url}/metrics`, { headers: { authorization: `Basic ${Buffer.from("prometheus:s3cret").toString("base64")}` } });
    expect(await page.text()).toContain("hma_exporter_config_last_reload_successful 1");
  } finally {
    expect(await daemon.stop()).toBe(0);
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
