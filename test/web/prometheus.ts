import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const HAS_PROMETHEUS = spawnSync("prometheus", ["--version"]).status === 0;

/** A real Prometheus on a free loopback port. */
export interface Prometheus {
  /** Values by the labels of an instant query, as soon as `isEnough` is true. */
  readonly query: (
    expression: string,
    isEnough: (samples: readonly PromSample[]) => boolean,
  ) => Promise<readonly PromSample[]>;
  /** Errors of its targets' last scrapes. */
  readonly scrapeErrors: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

export interface PromSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

export async function startPrometheus(config: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "hma-prometheus-"));
  writeFileSync(join(folder, "prometheus.yml"), config);
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const exited = once(child, "exit");
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return answer.json();
  };
  return {
    query: (expression, isEnough) =>
      until(async () => {
        const body = (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
          data: { result: { metric: Record<string, string>; value: [number, string] }[] };
        };
        const samples = body.data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
        return isEnough(samples) ? samples : null;
      }, expression),
    scrapeErrors: async () => {
      const body = (await get("/api/v1/targets")) as { data: { activeTargets: { lastError: string }[] } };
      return body.data.activeTargets.map(({ lastError }) => lastError).filter((text) => text !== "");
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Retries until there is a result, because Prometheus needs time to start and scrape. */
async function until<T>(attempt: () => Promise<T | null>, what: string): Promise<T> {
  for (let count = 0; count < 400; count++) {
    const answer = await attempt().catch(() => null);
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot get an answer from Prometheus: ${what}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
