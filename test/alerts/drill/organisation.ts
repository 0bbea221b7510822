import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { runLive } from "../../../src/commands/simulate-farm.ts";
import type { SimulationPlan } from "../../../src/simulator/plan.ts";
import { startServe } from "../../daemon/daemon-process.ts";
import type { DaemonProcess } from "../../daemon/daemon-process.ts";

/** A simulated Exchange organisation: its logs grow in real time, and a real daemon follows them. */
export interface OrganisationOptions {
  /** `job` label; starts with `hma`. */
  readonly job: string;
  /** `central`: one daemon for the farm. `beside`: one daemon on the farm's only server, with the logs in Exchange's folders. */
  readonly mode: "central" | "beside";
  readonly plan: SimulationPlan;
  /** Snapshots in the format of `collect`, oldest first. */
  readonly snapshots: readonly unknown[];
  /** Additional configuration of the daemon. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Time for which IIS buffers its rows, ms. */
  readonly iisFlushMs: number;
}

export interface Organisation {
  readonly job: string;
  /** The daemon's address, the same after each start. */
  readonly url: string;
  /** Scrape configuration as in `alerts/examples/prometheus.yml`. */
  readonly scrape: Readonly<Record<string, unknown>>;
  /** The daemon's findings; null if it does not answer. */
  readonly findings: () => Promise<DrillFindings | null>;
  /** Kills the daemon. */
  readonly kill: () => Promise<void>;
  /** Restarts the daemon with its state. */
  readonly restart: () => Promise<void>;
  /** Stops the daemon and the growing logs, and removes the folder. */
  readonly stop: () => Promise<void>;
}

const Findings = z.object({
  incidents: z.array(
    z.object({
      server: z.string(),
      appPool: z.string(),
      cause: z.string(),
      confidence: z.number(),
      clients: z.number(),
      rejections: z.number(),
      start: z.string(),
      end: z.string().nullable(),
    }),
  ),
  loops: z.array(z.object({ server: z.string(), appPool: z.string(), start: z.string() })),
});
export type DrillFindings = z.infer<typeof Findings>;

/** Writes the history, starts to append rows in real time, and starts the daemon; resolves when it listens. */
export async function startOrganisation(options: OrganisationOptions): Promise<Organisation> {
  const folder = await mkdtemp(join(tmpdir(), "hma-drill-"));
  const farm = join(folder, "farm");
  const growing = new AbortController();
  const written = Promise.withResolvers<undefined>();
  const simulation = runLive(farm, options.plan, {
    speed: 1,
    signal: growing.signal,
    now: Date.now,
    iisFlushMs: options.iisFlushMs,
    onHistoryWritten: () => {
      written.resolve(undefined);
    },
  });
  await Promise.race([written.promise, simulation]);
  await writeSnapshots(join(folder, "snapshots"), options.snapshots);
  const configFile = join(folder, "hma-exporter.yml");
  await writeFile(
    configFile,
    stringify({
      ...(options.mode === "central" ? { farm } : besidePaths(farm)),
      keys: { enabled: false },
      snapshots: join(folder, "snapshots"),
      ...options.config,
    }),
  );
  const start = (address: string): DaemonProcess =>
    startServe("", join(folder, "state"), ["--config.file", configFile, "--web.listen-address", address]);
  let daemon = start("127.0.0.1:0");
  const stop = async (): Promise<void> => {
    growing.abort();
    await Promise.all([daemon.kill(), simulation]);
    await rm(folder, { recursive: true, force: true });
  };
  let url: string;
  try {
    url = await daemon.url;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    job: options.job,
    url,
    scrape: scrapeOf(options, url),
    findings: () => findingsAt(url),
    kill: () => daemon.kill(),
    restart: async () => {
      daemon = start(new URL(url).host);
      await daemon.url;
    },
    stop,
  };
}

async function writeSnapshots(folder: string, snapshots: readonly unknown[]): Promise<void> {
  await mkdir(folder);
  for (const [at, snapshot] of snapshots.entries())
    await writeFile(join(folder, `${at}.json`), JSON.stringify(snapshot));
}

function besidePaths(farm: string): Record<string, unknown> {
  const server = join(farm, "EX01");
  return {
    server: "EX01",
    paths: {
      iis: join(server, "LogFiles"),
      httpErr: join(server, "LogFiles/HTTPERR"),
      exchange: join(server, "Logging"),
    },
  };
}

function scrapeOf({ job, mode }: OrganisationOptions, url: string): Record<string, unknown> {
  const { host } = new URL(url);
  const page = { targets: [host], labels: { instance: mode === "central" ? "monitor" : "EX01" } };
  return {
    job_name: job,
    static_configs: [page],
    ...(mode === "central" ? { http_sd_configs: [{ url: `${url}/sd`, refresh_interval: "1s" }] } : {}),
  };
}

async function findingsAt(url: string): Promise<DrillFindings | null> {
  try {
    const response = await fetch(`${url}/api/v1/incidents`);
    return response.ok ? Findings.parse(await response.json()) : null;
  } catch (error) {
    if (error instanceof z.ZodError) throw error;
    return null;
  }
}
