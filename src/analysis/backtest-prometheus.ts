import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A Prometheus on loopback that reads a folder of blocks and scrapes nothing. */
export interface LocalPrometheus {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface PrometheusOptions {
  /** Folder with its configuration, and its blocks under `data`. */
  readonly folder: string;
  /** Rule files to load. They are not evaluated for long; Prometheus is only queried for their parsed form. */
  readonly ruleFiles?: readonly string[];
  readonly lookBackMs?: number;
  readonly signal?: AbortSignal;
}

const READY_TRIES = 600;

/**
 * Starts Prometheus; ended by `stop()`. Rejects if it is not installed, or with its error message (for example for an invalid rule file).
 */
export async function startLocalPrometheus({
  folder,
  ruleFiles = [],
  lookBackMs,
  signal,
}: PrometheusOptions): Promise<LocalPrometheus> {
  const data = join(folder, "data");
  await mkdir(data, { recursive: true });
  const config = join(folder, "prometheus.yml");
  // Written as JSON, which is valid YAML.
  await writeFile(config, JSON.stringify({ global: { evaluation_interval: "1h" }, rule_files: ruleFiles }));
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
      ...(lookBackMs === undefined ? [] : [`--query.lookback-delta=${lookBackMs / 1000}s`]),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
    child.once("error", (error) => {
      complaint = error.message;
      resolve();
    });
  });
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if (hasEnded) throw new Error(`Cannot start Prometheus: ${messageIn(complaint)}`);
    if (signal?.aborted === true) {
      await stop();
      signal.throwIfAborted();
    }
    if (
      await fetch(`${url}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return { url, stop };
    await wait(50);
  }
  await stop();
  throw new Error(
    `Cannot start Prometheus: it was not ready in time${complaint === "" ? "" : `: ${messageIn(complaint)}`}`,
  );
}

export interface ApiQuery {
  /** Path below Prometheus' address: `/api/v1/query_range`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The data of a JSON answer of Prometheus' HTTP API. Throws the error that Prometheus reports. */
export async function askPrometheus(
  url: string,
  { path, parameters = {} }: ApiQuery,
  signal?: AbortSignal,
): Promise<unknown> {
  const answer = await fetch(
    `${url}${path}?${new URLSearchParams(parameters).toString()}`,
    signal === undefined ? {} : { signal },
  );
  const body: unknown = await answer.json();
  if (typeof body !== "object" || body === null || !("status" in body))
    throw new Error("Cannot query Prometheus: the answer is not one of its HTTP API");
  if (body.status !== "success")
    throw new Error(`Cannot query Prometheus: ${"error" in body ? String(body.error) : "it refuses"}`);
  return "data" in body ? body.data : null;
}

/** Runs promtool. Rejects with its output if it fails, or if it is not installed. */
export function runPromtool(args: readonly string[], signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("promtool", [...args], {
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let said = "";
    const hear = (text: string): void => {
      said = (said + text).slice(-4_000);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`Cannot run promtool ${args.slice(0, 3).join(" ")}: ${messageIn(said)}`));
    });
  });
}

/** Rejects if one of the two is not installed. */
export async function requirePrometheus(): Promise<void> {
  for (const tool of ["prometheus", "promtool"]) {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(tool, ["--version"], { stdio: "ignore" });
      child.once("error", (error) => {
        reject(
          new Error(
            `Cannot test alerts: ${tool} is not installed or not on the PATH (it comes with Prometheus 2.42 or later)`,
            { cause: error },
          ),
        );
      });
      child.once("exit", () => {
        resolve();
      });
    });
  }
}

/** The last message in the output, without the fields of its log line. */
function messageIn(complaint: string): string {
  const last = complaint.trim().split("\n").at(-1) ?? "";
  // Sample: ts=2026-11-22T08:00:00Z caller=main.go:1 level=error msg="Error loading config" err="…"
  const said = /err="((?:[^"\\]|\\.)*)"/.exec(last)?.[1] ?? last;
  return said === "" ? "it ended without a word" : said;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}
