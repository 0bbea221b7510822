import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { hasTool } from "./run-tool.ts";

/** A version of Prometheus for tests: the installed one, or one unpacked by `test/prometheus-versions.sh`. */
export interface PrometheusVersion {
  readonly name: string;
  /** Environment in which its programs are found first; null if it is not available. */
  readonly env: NodeJS.ProcessEnv | null;
  /** Path of its promtool, or the name of the installed one. */
  readonly promtool: string;
  /** Reason why it is not available; empty if it is. */
  readonly reason: string;
}

const FOLDER = process.env["HMA_PROMETHEUS_VERSIONS"] ?? join(tmpdir(), "hma-prometheus-versions");

export const PROMETHEUS_VERSIONS: readonly PrometheusVersion[] = [installed(), unpacked("2.53"), unpacked("3.5")];

/** The available versions. */
export const PRESENT_VERSIONS = PROMETHEUS_VERSIONS.filter(({ env }) => env !== null);

/** Versions for the live alert tests: the installed ones, and Prometheus 3 with its Alertmanager. */
export const LIVE_VERSIONS = PROMETHEUS_VERSIONS.filter(({ name }) => name !== "2.53").map((version) =>
  version.name === "installed" && version.env !== null && !hasTool("prometheus-alertmanager")
    ? { ...version, env: null, reason: "prometheus-alertmanager is not on the PATH" }
    : version,
);

function installed(): PrometheusVersion {
  const promtool = "promtool";
  return hasTool("prometheus") && hasTool(promtool)
    ? { name: "installed", env: process.env, promtool, reason: "" }
    : { name: "installed", env: null, promtool, reason: "prometheus and promtool are not on the PATH" };
}

function unpacked(name: string): PrometheusVersion {
  const folder = join(FOLDER, name, "usr/bin");
  const promtool = join(folder, "promtool");
  const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
  if (existsSync(promtool)) return { name, env: { ...process.env, PATH: path }, promtool, reason: "" };
  const reasonFile = join(FOLDER, `${name}.reason`);
  const reason = existsSync(reasonFile)
    ? readFileSync(reasonFile, "utf8").trim()
    : "sh test/prometheus-versions.sh was not run";
  return { name, env: null, promtool, reason };
}
