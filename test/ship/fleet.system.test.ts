import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load-config.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until } from "../daemon/daemon-process.ts";
import { HAS_PROMETHEUS } from "../web/prometheus.ts";
import { freePort } from "./free-port.ts";

type Block = Record<string, unknown>;

/** The YAML blocks of docs/fleet.md, unchanged; those of scrape configurations are lists. */
const blocks = [...readFileSync("docs/fleet.md", "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => parse(text) as Block | Block[],
);
const scrapes = blocks.filter((block) => Array.isArray(block)).flat();
const maps = blocks.filter((block): block is Block => !Array.isArray(block));
const agent = maps.find((block) => "remote_write" in block) ?? {};

const withPrometheus = HAS_PROMETHEUS ? test : test.skip;

withPrometheus("promtool takes every configuration and rule of docs/fleet.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "hma-fleet-docs-"));
  /** What promtool reports for a configuration or a rule file with that content; "" if nothing. */
  const check = (kind: "config" | "rules", content: unknown, ...flags: readonly string[]): string => {
    const file = join(folder, `${kind}.json`);
    writeFileSync(file, JSON.stringify(content));
    const { status, stdout, stderr } = spawnSync("promtool", ["check", kind, ...flags, file], { encoding: "utf8" });
    return status === 0 ? "" : stdout + stderr;
  };
  try {
    expect(scrapes.length).toBeGreaterThanOrEqual(3);
    for (const scrape of scrapes) expect(check("config", { scrape_configs: [scrape] }, "--syntax-only")).toBe("");
    expect(check("config", agent, "--agent")).toBe("");
    const groups = maps.find((block) => "groups" in block);
    expect(groups).toBeDefined();
    expect(check("rules", groups)).toBe("");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the exporter accepts all its configurations in docs/fleet.md", () => {
  const own = maps.filter((block) => "web" in block);
  expect(own.length).toBeGreaterThanOrEqual(2);
  for (const block of own) expect(loadConfig(JSON.stringify(block))).toMatchObject({ ok: true });
});

withPrometheus(
  "an agent finds the servers through /sd and forwards their series by remote write, and the receiver evaluates the rules of alerts/",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-agent-"));
    const farm = join(folder, "farm");
    mkdirSync(farm);
    await writeFarm(farm, {
      ...BARE_PLAN,
      startMs: Date.now() - 3_600_000,
      durationMs: 3_600_000,
      clients: 40,
      requestsPerSecond: 0.3,
      scenarios: [{ name: "stale-keys-crash", afterMs: 3_240_000, server: 0 }],
    });
    writeFileSync(join(folder, "hma.yml"), "keys: { enabled: false }\n");
    const daemon = startServe(farm, join(folder, "state"), ["--config.file", join(folder, "hma.yml")]);
    const children: ChildProcess[] = [];
    const start = async (name: string, config: unknown, flags: readonly string[]): Promise<string> => {
      const address = `127.0.0.1:${String(await freePort())}`;
      writeFileSync(join(folder, `${name}.yml`), JSON.stringify(config));
      children.push(
        spawn(
          "prometheus",
          [
            `--config.file=${join(folder, `${name}.yml`)}`,
            `--web.listen-address=${address}`,
            "--log.level=error",
            ...flags,
          ],
          { stdio: "ignore" },
        ),
      );
      await until(
        async () => ((await fetch(`http://${address}/-/ready`)).ok ? true : null),
        60_000,
        () => `${name} is not ready`,
      );
      return address;
    };
    try {
      const url = new URL(await daemon.url);
      const found = scrapes.find((scrape) => "http_sd_configs" in scrape);
      const scrape: unknown = JSON.parse(
        JSON.stringify({ ...found, scrape_interval: "1s", scrape_timeout: "1s" }).replaceAll(
          "hma.contoso.example:10401",
          url.host,
        ),
      );
      const centre = await start(
        "centre",
        { global: { evaluation_interval: "1s" }, rule_files: [resolve("alerts/*.rules.yml")] },
        [`--storage.tsdb.path=${join(folder, "centre")}`, "--web.enable-remote-write-receiver"],
      );
      const [write] = agent["remote_write"] as Block[];
      await start(
        "agent",
        { ...agent, scrape_configs: [scrape], remote_write: [{ ...write, url: `http://${centre}/api/v1/write` }] },
        ["--enable-feature=agent", `--storage.agent.path=${join(folder, "agent")}`],
      );
      const query = async (expression: string): Promise<Record<string, string>[] | null> => {
        const answer = (await (
          await fetch(`http://${centre}/api/v1/query?query=${encodeURIComponent(expression)}`)
        ).json()) as { data: { result: { metric: Record<string, string> }[] } };
        return answer.data.result.length > 0 ? answer.data.result.map(({ metric }) => metric) : null;
      };
      const open = await until(
        () => query("hma_incident_open == 1"),
        120_000,
        () => "no incident at the centre",
      );
      expect(open).toMatchObject([
        { job: "hma-contoso", instance: "EX01", site: "vienna", cause: "stale_keys_after_recycle" },
      ]);
      expect(
        await until(
          () => query("job:hma_incident_servers:count == 1"),
          120_000,
          () => "no recorded series at the centre",
        ),
      ).toMatchObject([{ job: "hma-contoso" }]);
    } finally {
      for (const child of children) {
        child.kill("SIGTERM");
        if (child.exitCode === null) await once(child, "exit");
      }
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  300_000,
);
