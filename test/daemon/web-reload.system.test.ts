import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until } from "./daemon-process.ts";

const onPosix = process.platform === "win32" ? test.skip : test;

test("a running daemon applies the keys that it can, reports those that need a restart, and follows the new list of servers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hma-reload-"));
  const farm = join(folder, "farm");
  await mkdir(farm);
  await writeFarm(farm, {
    ...BARE_PLAN,
    startMs: Date.now() - 1_200_000,
    durationMs: 1_200_000,
    clients: 20,
    requestsPerSecond: 0.1,
  });
  const config = join(folder, "hma.yml");
  const web = join(folder, "web.yml");
  const write = (level: string, more = ""): Promise<void> =>
    writeFile(
      config,
      `log: { level: ${level} }\nkeys: { enabled: false }\nservers: [ex02]\nweb: { configFile: ${web} }\n${more}`,
    );
  await write("info");
  await writeFile(web, "");
  const daemon = startServe(farm, join(folder, "state"), ["--config.file", config]);
  try {
    const url = await daemon.url;
    const reload = async (): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`${url}/-/reload`, { method: "POST" });
      return { status: answer.status, text: await answer.text() };
    };
    await until(
      async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
      60_000,
      () => "not ready",
    );
    const servers: unknown = await (await fetch(`${url}/api/v1/servers`)).json();
    expect(servers).toMatchObject([{ name: "EX02" }]);
    expect((await fetch(`${url}/metrics/servers/EX01`)).status).toBe(404);

    expect(await reload()).toEqual({ status: 200, text: "Reloaded: no key of the configuration has changed\n" });
    await write("debug", "loop: { threshold: 7 }\nfollow: { lookback: 12h }\n");
    expect(await reload()).toEqual({
      status: 200,
      text: "Reloaded\napplied: loop.threshold, log.level\nafter a restart: follow.lookback\n",
    });
    const scraped = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
    expect(await scraped("/metrics/servers/EX02")).toContain("hma_log_lines_total");
    await write("debug", "loop: { threshold: 7 }\nmetrics: { disabled: [logs, internals] }\n");
    expect((await reload()).text).toBe("Reloaded\napplied: metrics.disabled\n");
    expect(await scraped("/metrics/servers/EX02")).not.toContain("hma_log_lines_total");
    expect(await scraped("/metrics/servers/EX02")).toContain("hma_incident_open");
    expect(await scraped("/metrics")).not.toContain("process_cpu");
    expect(await scraped("/sd")).toContain("/metrics/servers/EX02");
    await write("debug", "loop: { threshold: 7 }\n");
    expect((await reload()).text).toContain("metrics.disabled");
    await write("error");
    expect((await reload()).text).toBe("Reloaded\napplied: loop.threshold, log.level\n");
    const said = daemon.messages.length;
    expect((await reload()).text).toContain("no key");
    // Keys that need a restart are logged too; the second reload logs nothing.
    expect(
      daemon.messages.filter(
        (line) => line.includes('"level":"warn"') && line.includes('"waiting":["follow.lookback"]'),
      ),
    ).toHaveLength(1);
    expect(daemon.messages.slice(said)).toEqual([]);

    await write("loud");
    const faulty = await reload();
    expect(faulty.status).toBe(500);
    expect(faulty.text).toContain("log.level: found loud, allowed is one of");
    await write("info");
    await writeFile(web, "basic_auth_users: [nobody]\n");
    expect((await reload()).status).toBe(500);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("hma_exporter_config_last_reload_successful 0");
    // The web configuration applies directly after the reload, not five seconds later.
    await writeFile(web, `basic_auth_users: { prometheus: "${hashSync("s3cret", 4)}" }\n`);
    expect((await reload()).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const page = await fetch(`${url}/metrics`, {
      headers: { authorization: `Basic ${Buffer.from("prometheus:s3cret").toString("base64")}` },
    });
    expect(await page.text()).toContain("hma_exporter_config_last_reload_successful 1");
  } finally {
    expect(await daemon.stop()).toBe(0);
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

onPosix(
  "SIGHUP reloads the configuration: its rules apply to open incidents, and a fault is logged",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "hma-hangup-"));
    const farm = join(folder, "farm");
    await mkdir(farm);
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 3_600_000,
      durationMs: 3_600_000,
      clients: 60,
      requestsPerSecond: 0.5,
      scenarios: [{ name: "stale-keys-crash", afterMs: 3_240_000, server: 0 }],
    });
    const config = join(folder, "hma.yml");
    const write = (more: string): Promise<void> => writeFile(config, `keys: { enabled: false }\n${more}\n`);
    await write("");
    const daemon = startServe(farm, join(folder, "state"), [
      "--config.file",
      config,
      "--web.listen-address",
      "127.0.0.1:0",
      "--web.max-requests",
      "30",
    ]);
    try {
      const url = await daemon.url;
      await until(
        async () => ((await fetch(`${url}/-/ready`)).ok ? true : null),
        60_000,
        () => "not ready",
      );
      const incidents = async (): Promise<number> =>
        ((await (await fetch(`${url}/api/v1/incidents`)).json()) as { incidents: unknown[] }).incidents.length;
      const hangUp = async (said: string): Promise<void> => {
        const before = daemon.messages.length;
        process.kill(daemon.pid, "SIGHUP");
        await until(
          async () => daemon.messages.slice(before).find((line) => line.includes(said)) ?? null,
          60_000,
          () => daemon.messages.join("\n"),
        );
      };
      expect(await incidents()).toBe(1);
      await write("incident: { minClients: 1000 }");
      await hangUp('"applied":["incident.minClients"]');
      await until(
        async () => ((await incidents()) === 0 ? true : null),
        60_000,
        () => "the incident goes on",
      );
      await write("incident: { minClients: none }");
      await hangUp("incident.minClients: found none, allowed is a whole number");
      expect(await (await fetch(`${url}/metrics`)).text()).toContain("hma_exporter_config_last_reload_successful 0");
      await write("limits: { pastLoops: 20 }");
      await hangUp('"waiting":["limits.pastLoops"]');
      await until(
        async () => ((await incidents()) === 1 ? true : null),
        60_000,
        () => "the incident is not back",
      );

      // The address was given twice.
      const urls = daemon.messages.flatMap((line) => /"message":"Listening".*"url":"([^"]+)"/.exec(line)?.[1] ?? []);
      expect(new Set(urls).size).toBe(2);
      for (const one of urls) expect((await fetch(`${one}/-/healthy`)).status).toBe(200);
    } finally {
      expect(await daemon.stop()).toBe(0);
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

onPosix(
  "a daemon that is stopped before it listens exits cleanly",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "hma-early-"));
    const farm = join(folder, "farm");
    await mkdir(farm);
    const state = join(folder, "state");
    try {
      for (const _start of ["without a state", "with a state"]) {
        const daemon = startServe(farm, state);
        await until(
          async () => ((await readdir(state)).some((name) => name.includes("lock")) ? true : null),
          60_000,
          () => daemon.messages.join("\n"),
        );
        expect(await daemon.stop()).toBe(0);
        expect((await readdir(state)).filter((name) => name.includes("lock"))).toEqual([]);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
