import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A Prometheus server on loopback with a folder of blocks. */
export interface Prometheus {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts Prometheus with `folder/data`; without a configuration it scrapes nothing. Stopped by `stop()`. */
export async function startPrometheus(
  folder: string,
  configuration = "global: { scrape_interval: 15s }\n",
): Promise<Prometheus> {
  const port = await freePort();
  const data = join(folder, "data");
  await mkdir(data, { recursive: true });
  const config = join(folder, "prometheus.yml");
  await writeFile(config, configuration);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`Cannot start Prometheus: ${complaint}`);
    const ready = await fetch(`${url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready)
      return {
        url,
        stop: async () => {
          child.kill("SIGTERM");
          await ended;
        },
      };
    await wait(100);
  }
  child.kill("SIGKILL");
  throw new Error(`Cannot start Prometheus: not ready within a minute ${complaint}`);
}

/** A free port on loopback. */
export function freePort(): Promise<number> {
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

/** A series of a result: pairs of Unix seconds and the value as text. */
export interface Answered {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Runs an instant query. Throws with Prometheus' error. */
export async function queryInstant(url: string, expr: string, at: number): Promise<readonly Answered[]> {
  const result = await ask(`${url}/api/v1/query`, { query: expr, time: String(at) });
  if (result.resultType === "scalar") return [{ metric: {}, values: [result.result as [number, string]] }];
  return (result.result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => ({
    metric,
    values: [value],
  }));
}

/** Runs a range query; times in seconds. */
export async function queryRange(
  url: string,
  expr: string,
  range: { readonly from: number; readonly to: number; readonly step: number },
): Promise<readonly Answered[]> {
  const result = await ask(`${url}/api/v1/query_range`, {
    query: expr,
    start: String(range.from),
    end: String(range.to),
    step: String(range.step),
  });
  return result.result as Answered[];
}

/** Values of a label, like `label_values()` in Grafana. */
export async function labelValues(
  url: string,
  { selector, label }: { readonly selector: string; readonly label: string },
  range: { readonly from: number; readonly to: number },
): Promise<readonly string[]> {
  const parameters = new URLSearchParams({ "match[]": selector, start: String(range.from), end: String(range.to) });
  const answer = await fetch(`${url}/api/v1/label/${label}/values?${parameters}`);
  return ((await answer.json()) as { data: string[] }).data;
}

async function ask(url: string, parameters: Record<string, string>): Promise<{ resultType: string; result: unknown }> {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(parameters) });
  const body = (await answer.json()) as {
    status: string;
    error?: string;
    data: { resultType: string; result: unknown };
  };
  if (body.status !== "success") throw new Error(`Cannot answer '${parameters["query"]}': ${body.error}`);
  return body.data;
}
