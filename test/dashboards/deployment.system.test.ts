import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { hasTool, runTool } from "../alerts/run-tool.ts";
import { DASHBOARDS_FOLDER, PROJECT, readBoards } from "./board-files.ts";

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly ports?: readonly string[];
        readonly volumes?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
        readonly build?: { readonly dockerfile_inline: string };
      }
    >
  >;
}

const COMPOSE = join(DASHBOARDS_FOLDER, "compose");
const compose = yaml<Compose>(join(COMPOSE, "compose.yaml"));

describe("provisioning of Grafana", () => {
  const provider = yaml<{ providers: { options: { path: string } }[] }>(
    join(DASHBOARDS_FOLDER, "provisioning/dashboards/hma-exporter.yml"),
  ).providers[0]!;
  const sources = yaml<{ datasources: { type: string; url: string }[] }>(
    join(DASHBOARDS_FOLDER, "provisioning/datasources/hma-exporter.yml"),
  ).datasources;

  test("every dashboard is mounted in the provider's folder", () => {
    const mounted = (compose.services["grafana"]!.volumes ?? []).map((volume) => volume.split(":")[1]!);
    for (const file of readBoards().keys()) expect(mounted).toContain(`${provider.options.path}/${file}`);
  });

  test("the data sources have the addresses that the compose file sets", () => {
    for (const { url } of sources)
      expect(Object.keys(compose.services["grafana"]!.environment ?? {})).toContain(url.replace("$", ""));
    expect(sources.map(({ type }) => type)).toContain("prometheus");
  });
});

describe("the compose file", () => {
  test("mounts existing files", () => {
    const sources = Object.values(compose.services)
      .flatMap((service) => service.volumes ?? [])
      .filter((volume) => volume.startsWith("."))
      .map((volume) => join(COMPOSE, volume.split(":")[0]!));
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("publishes its ports on this machine only", () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });

  test("copies existing files into the exporter's image", () => {
    // Sample: COPY package.json package-lock.json ./
    const copied = [...compose.services["exporter"]!.build!.dockerfile_inline.matchAll(/^COPY (.+) \S+$/gm)].flatMap(
      (match) => match[1]!.split(" "),
    );
    expect(copied.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
    expect(copied.length).toBeGreaterThan(1);
  });

  (hasTool("promtool") ? test : test.skip)("has a configuration that Prometheus takes, with the rules", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hma-compose-"));
    const config = readFileSync(join(COMPOSE, "prometheus.yml"), "utf8").replace(
      "/etc/prometheus/hma",
      join(PROJECT, "alerts"),
    );
    await writeFile(join(folder, "prometheus.yml"), config);
    const { code, stdout, stderr } = await runTool("promtool", ["check", "config", join(folder, "prometheus.yml")]);
    await rm(folder, { recursive: true });
    expect([code, stdout.includes("SUCCESS"), stderr]).toEqual([0, true, ""]);
    expect(config).toContain(`${join(PROJECT, "alerts")}/*.rules.yml`);
  });

  (hasTool("amtool") ? test : test.skip)("has a configuration that Alertmanager takes", async () => {
    const { code, stderr } = await runTool("amtool", ["check-config", join(COMPOSE, "alertmanager.yml")]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

function yaml<T>(path: string): T {
  return parse(readFileSync(path, "utf8")) as T;
}
