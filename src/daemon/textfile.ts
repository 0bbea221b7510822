import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricGroup } from "../catalogue/switches.ts";
import type { Config } from "../config/config-schema.ts";
import { renderMetrics } from "../web/metrics/render-metrics.ts";
import type { WebQueries } from "../web/web-queries.ts";
import { renamePatiently } from "../state/rename-patiently.ts";
import type { Logger } from "../logging/open-logger.ts";
import { reasonOf } from "../model/reason-of.ts";
import { pause } from "../reading/pause.ts";

export interface TextfileOptions {
  /** The configuration in force: the folder is that of the start, the groups of metrics may change with a reload. */
  readonly inForce: () => Config;
  /** As the daemon's: a text file belongs to one host, so only `server` is written. */
  readonly mode: "server" | "central";
  readonly logger: Logger;
}

/** Metrics as a file that node_exporter or windows_exporter hand on with their own (their textfile collectors). */
export interface Textfile {
  /** Writes no more, and takes the file away: metrics of a stopped exporter are no metrics. */
  readonly stop: () => Promise<void>;
}

/** The collectors read what ends in `.prom`. */
const FILE_NAME = "hma_exporter.prom";

/**
 * Writes the metrics page into the configured folder, at once and then at each interval; does nothing when none is configured.
 * A writing that fails is logged, once until the next success. The metrics of the process are left out: the host's exporter has
 * metrics of the same names.
 */
export function startTextfile({ inForce, mode, logger }: TextfileOptions, queries: WebQueries): Textfile {
  const { folder, everyMs } = inForce().textfile;
  if (folder === null) return { stop: async () => {} };
  if (mode === "central") {
    logger.warn("Text file not written: it belongs to one host, and a farm has many servers", { path: folder });
    return { stop: async () => {} };
  }
  const path = join(folder, FILE_NAME);
  const stopping = new AbortController();
  const writing = writeOn();
  return {
    stop: async () => {
      stopping.abort();
      await writing;
      await rm(path, { force: true }).catch(() => undefined);
    },
  };

  async function writeOn(): Promise<void> {
    let isFailing = false;
    while (!stopping.signal.aborted) {
      try {
        await replaceFile(path, await pageOf(queries, inForce().metrics.disabled));
        isFailing = false;
      } catch (error) {
        if (!isFailing)
          logger.error("Text file not written", {
            path,
            error: reasonOf(error),
          });
        isFailing = true;
      }
      await pause(everyMs, stopping.signal);
    }
  }
}

function pageOf(queries: WebQueries, disabled: readonly MetricGroup[]): Promise<string> {
  const [server] = queries.serverNames();
  const values = [...queries.exporterMetrics(), ...(server === undefined ? [] : queries.metricsOf(server))];
  return renderMetrics({ scopes: ["server", "organisation", "exporter"], values, disabled }, "text");
}

/** The file appears whole or not at all: a reader sees the page before or the page after. */
async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await writeFile(unfinished, text, { mode: 0o644 });
    await renamePatiently(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}
