import { hostname } from "node:os";
import { findInstallation } from "../../exchange/find-installation.ts";
import type { Config } from "../../config/config-schema.ts";
import type { WebConfigSource } from "../../exposition/listen.ts";
import { readWebConfig } from "../../config/read-web-config.ts";
import type { FollowTarget } from "../../follow/follow-options.ts";
import { openLogger, type Logger } from "../../logging/open-logger.ts";
import { boundHeap } from "../bound-heap.ts";
import { configurationOf } from "../configuration.ts";
import { startDaemon } from "../daemon.ts";
import { DONE, UsageError } from "../exit-codes.ts";
import { createReload } from "../reload.ts";
import { openStateFolder } from "../state-folder.ts";
import { defaultStateFolder } from "../default-state-folder.ts";

/** `hma-exporter serve`: runs until it is told to stop. */
export async function serve(flags: Readonly<Record<string, string>>): Promise<number> {
  boundHeap();
  const config = await configurationOf(flags);
  const logger = loggerOf(config);
  try {
    const target = await targetOf(config, logger);
    const state = await openStateFolder(config.state ?? defaultStateFolder(), logger);
    const daemon = await startDaemon({
      config,
      target,
      mode: target.kind === "farm" ? "central" : "server",
      state,
      logger,
      webConfig: webConfigOf(config, logger),
      reload: createReload(flags, config, logger),
      now: Date.now,
    });
    const signal = await stopSignal();
    logger.info("Stopping", { signal });
    await daemon.stop();
    return DONE;
  } finally {
    await logger.close();
  }
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

/** The web configuration file, looked at every 5 s. */
function webConfigOf({ web }: Config, logger: Logger): WebConfigSource | null {
  const path = web.configFile;
  if (path === null) return null;
  return { read: () => readWebConfig(path), pollMs: 5_000, onFault: (error) => { logger.error("Web configuration not reloaded", { error: error instanceof Error ? error.message : String(error) }); } };
}

/** What is to be followed: the configured farm, or the logs of this server, where they were found. */
async function targetOf(config: Config, logger: Logger): Promise<FollowTarget> {
  if (config.farm !== null) return { kind: "farm", folder: config.farm, servers: config.servers };
  const found = await findInstallation(config.paths);
  for (const { what, path, how } of found.places) logger.info("Found", { what, path, how });
  if (found.folders.length === 0) throw new UsageError(`Cannot find logs to follow: ${found.because}; name a farm with --farm, or the folders under "paths" in the configuration`);
  return { kind: "roots", roots: [{ server: config.server ?? hostname().split(".")[0] ?? "localhost", folders: found.folders }] };
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGBREAK"] as const) process.once(signal, () => { resolve(signal); });
  });
}
