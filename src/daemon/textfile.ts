import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricGroup } from "../catalogue/switches.ts";
import type { Config } from "../config/config-schema.ts";
import { renderMetrics } from "../web/metrics/metrics-page.ts";
import type { WebQueries } from "../web/web-queries.ts";
import { renamePatiently } from "../state/rename-patiently.ts";
import type { Logger } from "../logging/open-logger.ts";
import { reasonOf } from "../model/reason-of.ts";
import { pause } from "../reading/pause.ts";

export interface TextfileOptions {
  /** Returns the current configuration. Folder and interval are those of the start; the groups of metrics may change with a reload. */
  readonly inForce: () => Config;
  /** Mode of the daemon. A text file belongs to one host, so it is written only in mode `server`. */
  readonly mode: "server" | "central";
  readonly logger: Logger;
}

/** Metrics in a file that the textfile collector of node_exporter or windows_exporter adds to its own metrics. */
export interface Textfile {
  /** Stops writing and deletes the file, so that metrics of a stopped exporter are not scraped. */
  readonly stop: () => Promise<void>;
}

/** The textfile collectors read files that end in `.prom`. */
const FILE_NAME = "hma_exporter.prom";

/**
 * Writes the metrics page into the configured folder, at once and then at each interval; does nothing when no folder is configured.
 * A failed write is logged once until the next success. Metrics of the process are left out: the host's exporter has metrics with the
 * same names.
 */
export function startTextfile({ inForce, mode, logger }: TextfileOptions, queries: WebQueries): Textfile {
  const { folder, everyMs } = inForce().textfile;
  if (folder === null) return { stop: async () => {} };
  if (mode === "central") {
    logger.warn("Text file not written: it can hold one server, and a farm has many", { path: folder });
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

/** Replaces the file in one step: a reader sees the old page or the new one, never a part. */
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
