import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { pollPause } from "../poll-pause.ts";
import type { RuleFileContent } from "./rule-files.ts";

/*
 * Real Prometheus and Alertmanager on free ports of the loopback interface, and a receiver that keeps what Alertmanager sends.
 * What is started here is stopped by its own `stop()`.
 */

/** A running server program. */
export interface Running {
  /** `http://127.0.0.1:45571`, without a path. */
  readonly url: string;
  /** Its standard error so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface PrometheusOptions {
  /** `job` label of `targets` and of the targets from `sdUrl`. Without it, `config` sets the jobs. */
  readonly job?: string;
  /** Static targets: maps `host:port` to the server name, which becomes `instance`. */
  readonly targets?: Readonly<Record<string, string>>;
  /** URL of an `/sd` page. */
  readonly sdUrl?: string;
  readonly rules?: readonly RuleFileContent[];
  /** URL of Alertmanager. */
  readonly alertmanager?: string;
  /** Default: 1s. */
  readonly scrapeInterval?: string;
  /** Environment for finding the program; default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Additional parts of prometheus.yml: `remote_write`, or more `scrape_configs`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Starts Prometheus with a fresh data folder; resolves when it is ready to answer queries. */
export async function startPrometheus(options: PrometheusOptions): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "hma-prometheus-"));
  const ruleFiles = await Promise.all(
    (options.rules ?? []).map(async (content, at) => {
      const path = join(folder, `${at}.rules.yml`);
      await writeFile(path, stringify(content));
      return path;
    }),
  );
  await writeFile(join(folder, "prometheus.yml"), stringify(prometheusConfig(options, ruleFiles)));
  return startProgram("prometheus", {
    folder,
    env: options.env,
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
      "--web.enable-lifecycle",
    ],
  });
}

function prometheusConfig(options: PrometheusOptions, ruleFiles: readonly string[]): Record<string, unknown> {
  const { scrape_configs: more, ...rest } = options.config ?? {};
  const scrape = {
    job_name: options.job,
    static_configs: Object.entries(options.targets ?? {}).map(([target, instance]) => ({
      targets: [target],
      labels: { instance },
    })),
    ...(options.sdUrl === undefined ? {} : { http_sd_configs: [{ url: options.sdUrl, refresh_interval: "1s" }] }),
  };
  return {
    global: {
      scrape_interval: options.scrapeInterval ?? "1s",
      scrape_timeout: options.scrapeInterval ?? "1s",
      evaluation_interval: "1s",
    },
    rule_files: ruleFiles,
    ...(options.alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(options.alertmanager).host] }] }] } }),
    scrape_configs: [
      ...(options.job === undefined ? [] : [scrape]),
      ...(Array.isArray(more) ? (more as unknown[]) : []),
    ],
    ...rest,
  };
}

/** Starts Alertmanager with this configuration; resolves when it is ready. */
export async function startAlertmanager({
  config,
  env,
}: {
  readonly config: unknown;
  readonly env?: NodeJS.ProcessEnv | undefined;
}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "hma-alertmanager-"));
  await writeFile(join(folder, "alertmanager.yml"), stringify(config));
  return startProgram("prometheus-alertmanager", {
    folder,
    env,
    args: [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
      "--cluster.listen-address=",
    ],
  });
}

interface ProgramOptions {
  /** Working folder, removed when the program is stopped. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv | undefined;
}

async function startProgram(command: string, { folder, args, env }: ProgramOptions): Promise<Running> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], cwd: folder, env: env ?? process.env });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`Cannot start ${command}: it ended with ${code}\n${log}`));
    });
  });
  failed.catch(() => undefined);
  const stop = async (): Promise<void> => {
    await endChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // Samples: msg="Listening on" address=127.0.0.1:45571, msg="Listening on" component=web address=127.0.0.1:45571
    const url = await Promise.race([
      failed,
      waitFor(`the address of ${command}`, () => {
        const address = /msg="Listening on"(?: component=\w+)? address=(127\.0\.0\.1:[1-9]\d*)/.exec(log)?.[1];
        return address === undefined ? null : `http://${address}`;
      }),
    ]);
    await Promise.race([
      failed,
      waitFor(`${command} to be ready`, async () =>
        (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true ? true : null,
      ),
    ]);
    return { url, log: () => log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

const Alert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  startsAt: z.string(),
  endsAt: z.string(),
});
const WebhookMessage = z.object({
  status: z.enum(["firing", "resolved"]),
  groupLabels: z.record(z.string(), z.string()),
  alerts: z.array(Alert),
});
const ChatMessage = z.object({ attachments: z.array(z.object({ title: z.string(), text: z.string() })) });

/** A message from Alertmanager to one receiver. */
export type Received =
  | {
      readonly kind: "webhook";
      readonly receiver: string;
      readonly atMs: number;
      readonly message: z.infer<typeof WebhookMessage>;
    }
  /** A chat message with its rendered title and text. */
  | {
      readonly kind: "chat";
      readonly receiver: string;
      readonly atMs: number;
      readonly title: string;
      readonly text: string;
    };

export interface Receiver {
  /** `<url>/webhook/<receiver>` for `webhook_configs`, `<url>/chat/<receiver>` for the `api_url` of `slack_configs`. */
  readonly url: string;
  readonly received: () => readonly Received[];
  readonly stop: () => Promise<void>;
}

/** A receiver that stores notifications in the order of arrival. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request
      .setEncoding("utf8")
      .on("data", (text: string) => {
        body += text;
      })
      .on("end", () => {
        const [, kind, receiver = ""] = (request.url ?? "").split("/");
        const atMs = Date.now();
        if (kind === "webhook")
          received.push({ kind, receiver, atMs, message: WebhookMessage.parse(JSON.parse(body)) });
        else
          for (const { title, text } of ChatMessage.parse(JSON.parse(body)).attachments)
            received.push({ kind: "chat", receiver, atMs, title, text });
        response.end("ok");
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    stop: () => closeServer(server),
  };
}

/** Returns the text of a metrics page, called at each scrape; null for no answer. */
export type MetricsPage = () => string | null;

export interface MetricsServer {
  /** `host:port` */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Serves metrics pages by path, and `/sd` with those below `/metrics/servers/`, like the exporter in central mode. */
export async function startMetricsServer(pages: Readonly<Record<string, MetricsPage>>): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url === "/sd") {
      const paths = Object.keys(pages).filter((path) => path.startsWith("/metrics/servers/"));
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify(
          paths.map((path) => ({
            targets: [request.headers.host],
            labels: { instance: path.slice("/metrics/servers/".length), __metrics_path__: path },
          })),
        ),
      );
      return;
    }
    const text = pages[request.url ?? ""]?.() ?? null;
    if (text === null) response.writeHead(503).end();
    else response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => closeServer(server) };
}

async function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

const QueryAnswer = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Queries an instant vector from Prometheus. */
export async function queryPrometheus(prometheus: Running, expression: string): Promise<Sample[]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`Cannot query "${expression}": ${JSON.stringify(body)}`);
  return QueryAnswer.parse(body).data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Polls until the answer is not null, at most until the deadline. */
export async function waitFor<T>(
  what: string,
  ask: () => T | null | Promise<T | null>,
  deadlineMs = 30_000,
): Promise<T> {
  const startMs = Date.now();
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > startMs + deadlineMs)
      throw new Error(`Cannot wait any longer for ${what}: ${deadlineMs} ms are over`);
    await pollPause(startMs);
  }
}
