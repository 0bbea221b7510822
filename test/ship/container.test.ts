import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load-config.ts";

const dockerfile = readFileSync("Dockerfile", "utf8");

describe("Dockerfile", () => {
  test("names its base images by tag, none of them latest", () => {
    const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image = ""]) => image);
    expect(bases).toHaveLength(2);
    for (const image of bases) expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/);
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
      "${BUILD_IMAGE}",
      "${RUNTIME_IMAGE}",
    ]);
  });

  test("builds with the same Node.js as the tests", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: Record<string, string>;
    };
    expect(dockerfile).toContain(`node:${String(devDependencies["node"]).replace("^", "")}-`);
  });

  test("runs as an unprivileged user and checks its health, both without a shell", () => {
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    for (const instruction of ["ENTRYPOINT", "CMD"])
      expect(dockerfile).toMatch(new RegExp(`^ *${instruction} \\["`, "m"));
    expect(dockerfile).toMatch(/^HEALTHCHECK [^\n]*\\\n {2}CMD \["\/usr\/local\/bin\/node"/m);
  });
});

describe("dashboards/compose", () => {
  test("the central exporter can write only its state", () => {
    const { services } = parse(readFileSync("dashboards/compose/central.yaml", "utf8")) as {
      services: {
        exporter: { volumes: string[]; read_only: boolean; cap_drop: string[]; ports: string[]; hostname: string };
      };
    };
    const { exporter } = services;
    expect(exporter.volumes.filter((volume) => !volume.endsWith(":ro"))).toEqual(["state:/var/lib/hma-exporter"]);
    expect([exporter.read_only, exporter.cap_drop, exporter.ports]).toEqual([true, ["ALL"], ["127.0.0.1:10401:10401"]]);
    expect(exporter.hostname).not.toBe("");
  });

  test("its configuration has no faults", () => {
    expect(loadConfig(readFileSync("dashboards/compose/central.yml", "utf8"), {})).toMatchObject({ ok: true });
  });
});
