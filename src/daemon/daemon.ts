import { externalAddress } from "../web/door/external-address.ts";
import { createWebApp } from "../web/web-app.ts";
import { listen, type Listener } from "../web/listen.ts";
import type { WebOptions } from "../web/web-options.ts";
import type { WebPort } from "../web/web-port.ts";
import { serversAhead } from "./clock-notices.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { DaemonOptions, DaemonParts } from "./daemon-parts.ts";
import { createExporterStatus } from "./exporter-status.ts";
import { startOrganisation } from "../collectors/organisation.ts";
import { createPort } from "./port.ts";
import { startTextfile } from "./textfile.ts";
import { startWatch } from "../live/watch.ts";

export interface Daemon {
  readonly url: string;
  /** Reads the configuration again, and logs what came of it. */
  readonly reload: () => Promise<void>;
  /** Stops reading, writes the state, stops listening. */
  readonly stop: () => Promise<void>;
}

/** Restores the state, follows the logs and serves. Rejects when the state folder, the address or the web configuration cannot be used. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const record = await options.state.load();
  const config = options.live.inForce();
  const watch = startWatch({ live: options.live, target: options.target, record, now: options.now });
  const status = createExporterStatus(options.now());
  const organisation = await startOrganisation({
    config,
    target: options.target,
    logger: options.logger,
    watch,
    kept: record?.organisation ?? null,
    now: options.now,
  });
  const checkpoints = createCheckpoints({
    state: options.state,
    logger: options.logger,
    now: options.now,
    take: () => watch.record(organisation.dump()),
  });
  const parts: DaemonParts = { options, watch, organisation, status, checkpoints };
  const stopping = new AbortController();
  // Counters of a restored state may be a moment behind those last scraped: what the logs hold is read before anybody looks.
  if (record !== null) await catchUp(parts, options.stopping ?? stopping.signal);
  const web: { listener: Listener | null } = { listener: null };
  const port: WebPort = createPort(parts, async () => web.listener?.refresh());
  const app = createWebApp(port, webOptions(options));
  const listener = await openListener(parts, app);
  web.listener = listener;
  const reading = readOn(parts, stopping.signal);
  const textfile = startTextfile({ ...options, config }, port);
  return {
    url: listener.url,
    reload: async () => {
      await port.reload();
    },
    stop: async () => {
      stopping.abort();
      await reading;
      await textfile.stop();
      await organisation.stop();
      await watch.follower.close();
      await checkpoints.write();
      await listener.close();
      await options.state.close();
    },
  };
}

/** What the pages ask for again at each request may change while the daemon runs. */
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
    get runbookUrl() {
      return live.inForce().web.runbookUrl;
    },
  };
}

async function openListener(
  { options, watch, organisation }: DaemonParts,
  app: Parameters<typeof listen>[0],
): Promise<Listener> {
  const addresses = [options.live.inForce().web.listenAddress].flat();
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) {
      const listener = await listen(app, address, options.webConfig);
      listeners.push(listener);
      options.logger.info("Listening", { url: listener.url });
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    await organisation.stop();
    await watch.follower.close();
    await options.state.close();
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

/** Polls until all that was there is read. */
async function catchUp(parts: DaemonParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await pollOnce(parts)));
}

async function readOn(parts: DaemonParts, signal: AbortSignal): Promise<void> {
  const { options, checkpoints, organisation, status } = parts;
  while (!signal.aborted) {
    const startedMs = options.now();
    const isCaughtUp = await pollOnce(parts);
    await organisation.refresh();
    status.noteTurn();
    await checkpoints.writeIfDue();
    if (isCaughtUp)
      await pause(Math.max(0, options.live.inForce().follow.pollMs - (options.now() - startedMs)), signal);
    else await pause(0, signal);
  }
}

/** One poll; true when all that was there is read. What goes wrong is logged and counted, and the next poll tries again. */
async function pollOnce({ options, watch, status, checkpoints }: DaemonParts): Promise<boolean> {
  try {
    const report = await watch.poll();
    if (report.bytes > 0) checkpoints.markChanged();
    for (const error of report.errors) {
      status.noteReadError(error);
      options.logger.warn("Log not read", { server: error.server, file: error.file, error: error.message });
    }
    for (const { server, seconds } of serversAhead(watch.engine)) {
      if (!status.noteAhead(server)) continue;
      options.logger.warn("Log rows are dated ahead of the exporter's clock", { server, aheadSeconds: seconds });
    }
    if (report.isCaughtUp && !status.isCaughtUp) {
      status.noteCaughtUp(options.now());
      options.logger.info("Caught up with the logs", { servers: watch.follower.servers().length });
    }
    return report.isCaughtUp;
  } catch (error) {
    options.logger.error("Logs not followed", { error: error instanceof Error ? error.message : String(error) });
    await pause(options.live.inForce().follow.pollMs, new AbortController().signal);
    return true;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
