import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { findInstallation } from "../exchange/find-installation.ts";
import type { Config } from "../config/config-schema.ts";
import type { WebConfigSource } from "../web/listen.ts";
import { readWebConfig } from "../config/read-web-config.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import { openLogger, type Logger } from "../logging/open-logger.ts";
import type { WebConfig } from "../model/web/web-config.ts";
import { limitHeap, relaxHeap } from "./process/limit-heap.ts";
import { configurationOf, type CommandFlags } from "../daemon/configuration.ts";
import { startDaemon } from "../daemon/daemon.ts";
import { DONE, FAILED, UsageError } from "../daemon/exit-codes.ts";
import { openLiveConfig } from "../daemon/live-config.ts";
import { systemProbeClock } from "../daemon/probe/probe-clock.ts";
import { refuseProbeFaults } from "../daemon/probe/probe-faults.ts";
import type { ProbeBook } from "../probe/probe-book.ts";
import { openProbes, type Probes } from "../daemon/probe/probes.ts";
import { openStateFolder } from "../daemon/state-folder.ts";
import { defaultStateFolder } from "./default-state-folder.ts";
import { endAtOnce } from "./process/replace-process.ts";
import { SYSTEM_CLOCK } from "./process/system-clock.ts";
import { growThreadPool } from "./process/thread-pool.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Maximum duration of a stop. Docker and others kill a process ten seconds after the stop signal. */
const MAX_STOP_MS = 8_500;
const LAST_WORDS_MS = 300;

/** `hma-exporter serve`: runs until SIGTERM or SIGINT. */
export async function serve(flags: CommandFlags): Promise<number> {
  limitHeap();
  relaxHeap();
  const stopping = stopSignal();
  const config = await configurationOf(flags, readAtOnce);
  if (config.farm !== null) await growThreadPool(config.farm, config.servers);
  const logger = loggerOf(config);
  try {
    const target = await targetOf(config, logger);
    const state = await openStateFolder(config.state ?? defaultStateFolder(), logger);
    const starting = startDaemon({
      live: openLiveConfig(flags, config, logger),
      target,
      mode: target.kind === "farm" ? "central" : "server",
      state,
      logger,
      webConfig: webConfigOf(config, logger),
      clock: SYSTEM_CLOCK,
      onAllRead: limitHeap,
      stopping,
      openProbes: (next, book) => probesOf(next, logger, book),
    });
    onHangup(() =>
      starting.then(
        (running) => running.reload(),
        () => undefined,
      ),
    );
    const daemon = await starting;
    await aborted(stopping);
    logger.info("Stopping", { signal: stopping.reason });
    const deadline = setTimeout(() => {
      logger.error("Not stopped in time, process ends without waiting longer", { seconds: MAX_STOP_MS / 1000 });
      setTimeout(endAtOnce, LAST_WORDS_MS, FAILED);
    }, MAX_STOP_MS);
    await daemon.stop();
    clearTimeout(deadline);
    return DONE;
  } finally {
    await logger.close();
  }
}

/** Reads a text without the thread pool, whose size follows from the configuration. */
function readAtOnce(path: string): Promise<string> {
  return new Promise((resolve) => {
    resolve(readFileSync(path, "utf8"));
  });
}

/** The configured probe; null without one. Throws a `UsageError` for an unusable one. */
async function probesOf(config: Config, logger: Logger, book: ProbeBook): Promise<Probes | null> {
  const { probe } = config;
  await refuseProbeFaults(config);
  if (probe === null) return null;
  return openProbes({ config, probe, logger, clock: systemProbeClock(SYSTEM_CLOCK.wall), book });
}

/** The exporter's own log, as configured. */
export function loggerOf({ log }: Config): Logger {
  return openLogger({
    level: log.level,
    format: log.format,
    output: log.output === "stdout" ? process.stdout : process.stderr,
    file: log.file === null ? null : { path: log.file, maxBytes: log.maxBytes, maxFiles: log.maxFiles },
  });
}

/** The web configuration file, checked for changes every 5 s. */
function webConfigOf({ web }: Config, logger: Logger): WebConfigSource | null {
  const path = web.configFile;
  if (path === null) return null;
  let isLogged = false;
  const read = async (): Promise<WebConfig> => {
    const webConfig = await readWebConfig(path);
    if (webConfig.asksForHttp2 && !isLogged)
      logger.warn("HTTP/2 is not supported: HTTP/1.1 is used, and http_server_config.http2 has no effect", {
        path,
      });
    isLogged = webConfig.asksForHttp2;
    return webConfig;
  };
  return {
    read,
    pollMs: 5_000,
    onFault: (error) => {
      logger.error("Web configuration not reloaded", { error: reasonOf(error) });
    },
  };
}

/** The logs to follow: the configured farm, or the log folders found on this server. */
async function targetOf(config: Config, logger: Logger): Promise<FollowTarget> {
  if (config.farm !== null)
    return { kind: "farm", folder: config.farm, servers: config.servers, retired: config.retiredServers };
  const found = await findInstallation(config.paths);
  for (const { what, path, how } of found.foundFolders) logger.info("Log folder found", { what, path, how });
  if (found.folders.length === 0)
    throw new UsageError(
      `Cannot find logs to follow: ${found.because}; name a farm with --farm, or the folders under "paths" in the configuration`,
    );
  return {
    kind: "roots",
    roots: [{ server: config.server ?? hostname().split(".")[0] ?? "localhost", folders: found.folders }],
  };
}

/** A signal that is aborted with the signal's name when the system requests a stop. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const)
    process.once(signal, () => {
      stopping.abort(signal);
    });
  return stopping.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

/** SIGHUP reloads the configuration. Not on Windows, where it means that the console was closed. */
function onHangup(reload: () => Promise<void>): void {
  if (process.platform !== "win32") process.on("SIGHUP", () => void reload());
}
