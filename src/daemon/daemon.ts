import { externalAddress } from "../web/door/external-address.ts";
import { createWebApp } from "../web/web-app.ts";
import { listen, type Listener } from "../web/listen.ts";
import type { WebOptions } from "../web/web-options.ts";
import type { WebQueries } from "../web/web-queries.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { DaemonOptions, DaemonParts } from "./daemon-parts.ts";
import { createExporterStatus } from "./exporter-status.ts";
import { startOrganisation } from "../collectors/organisation-watch.ts";
import { answerFromMemory } from "./answer-from-memory.ts";
import { createReadingLoop } from "./loop/reading-loop.ts";
import { openLiveProbes } from "./probe/live-probes.ts";
import { startTextfile } from "./textfile.ts";
import { startLiveDetection } from "../live/live-detection.ts";

/** A running daemon. */
export interface Daemon {
  /** URL of the first listen address. */
  readonly url: string;
  /** Reads the configuration again and logs the result. */
  readonly reload: () => Promise<void>;
  /** Stops reading, writes the state, stops listening. */
  readonly stop: () => Promise<void>;
}

/** Restores the state, follows the logs and serves. Rejects when the state folder, the address or the web configuration cannot be used. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const record = await options.state.load();
  const config = options.live.inForce();
  const detection = startLiveDetection({ live: options.live, target: options.target, record, clock: options.clock });
  const status = createExporterStatus(options.clock);
  const organisation = await startOrganisation({
    config,
    target: options.target,
    logger: options.logger,
    detection,
    kept: record?.organisation ?? null,
    clock: options.clock,
  });
  const checkpoints = createCheckpoints({
    state: options.state,
    logger: options.logger,
    clock: options.clock,
    take: () => detection.recordStream(organisation.dump()),
  });
  const probes = await openLiveProbes(options.openProbes ?? (() => Promise.resolve(null)), config);
  const parts: DaemonParts = { options, detection, organisation, status, checkpoints, probes };
  const loop = createReadingLoop(parts);
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    detection.follower.stop();
  };
  if (options.stopping?.aborted === true) stop();
  else options.stopping?.addEventListener("abort", stop, { once: true });
  // Counters restored from disk can be a second behind the last scrape. Catch up before listening, or Prometheus sees a reset.
  if (record !== null) await loop.catchUp(stopping.signal);
  const web: { listener: Listener | null } = { listener: null };
  const queries: WebQueries = answerFromMemory(parts, async () => web.listener?.refresh());
  const app = createWebApp(queries, webOptions(options));
  const listener = await openListener(parts, app);
  web.listener = listener;
  const reading = loop.run(stopping.signal);
  probes.start();
  const textfile = startTextfile({ ...options, inForce: options.live.inForce }, queries);
  return {
    url: listener.url,
    reload: async () => {
      await queries.reload();
    },
    stop: async () => {
      stop();
      await reading;
      // Write the state first: closing the parts may hang, and a supervisor may kill a daemon that takes too long to stop.
      await checkpoints.write();
      await closeParts(parts, [() => textfile.stop(), () => listener.close()]);
    },
  };
}

/** Closes the parts and `others`; the state folder last, because until then another part may write to it. */
async function closeParts(parts: DaemonParts, others: readonly (() => Promise<void>)[]): Promise<void> {
  const { options, detection, organisation, probes } = parts;
  await Promise.all([
    probes.close(),
    organisation.stop(),
    detection.follower.close(),
    ...others.map((close) => close()),
  ]);
  await options.state.close();
}

/** Options with a getter can change while the daemon runs: they are read again for each request. */
function webOptions({ live, mode }: DaemonOptions): WebOptions {
  const { externalUrl, routePrefix } = live.inForce().web;
  return {
    external: externalAddress(externalUrl, routePrefix),
    get hosts() {
      return live.inForce().web.hosts;
    },
    mode,
    telemetryPath: live.inForce().web.telemetryPath,
    get maxConcurrentRequests() {
      return live.inForce().web.maxRequests;
    },
    get disabledMetrics() {
      return live.inForce().metrics.disabled;
    },
    get runbookUrl() {
      return live.inForce().web.runbookUrl;
    },
  };
}

/** Listens on every configured address. When one cannot be used, everything is closed before the error is thrown. */
async function openListener(parts: DaemonParts, app: Parameters<typeof listen>[0]): Promise<Listener> {
  const { options } = parts;
  const addresses = [options.live.inForce().web.listenAddress].flat();
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) {
      const listener = await listen(app, address, options.webConfig);
      listeners.push(listener);
      options.logger.info("Listening", { url: listener.url });
    }
  } catch (error) {
    await closeParts(
      parts,
      listeners.map((listener) => () => listener.close()),
    );
    throw error;
  }
  const [first] = listeners;
  if (first === undefined) throw new Error("Cannot listen: no address is configured");
  const refresh = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.refresh()));
  };
  return {
    ...first,
    refresh,
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}
