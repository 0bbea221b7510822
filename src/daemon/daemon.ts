import { externalAddress } from "../web/door/external-address.ts";
import { createWebApp } from "../web/web-app.ts";
import { listenOnEach, type Listener } from "../web/listen.ts";
import type { WebOptions } from "../web/web-options.ts";
import type { WebQueries } from "../web/web-queries.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { DaemonOptions, DaemonParts } from "./daemon-parts.ts";
import { createExporterStatus } from "./exporter-status.ts";
import { startOrganisation } from "../collectors/organisation-watch.ts";
import { answerFromMemory } from "./answer-from-memory.ts";
import { createPollNotes } from "./loop/poll-notes.ts";
import { createHurry } from "./probe/probe-hurry.ts";
import { createProbeLearner } from "./probe/probe-learner.ts";
import { openLiveProbes } from "./probe/live-probes.ts";
import { startTextfile } from "./textfile.ts";
import { startLiveDetection } from "../live/live-detection.ts";
import { pause } from "../reading/pause.ts";
import { reasonOf } from "../model/reason-of.ts";

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
  const poll = createPoll(parts);
  const stopping = new AbortController();
  const stop = (): void => {
    stopping.abort();
    detection.follower.stop();
  };
  if (options.stopping?.aborted === true) stop();
  else options.stopping?.addEventListener("abort", stop, { once: true });
  // Counters restored from disk can be a second behind the last scrape. Catch up before listening, or Prometheus sees a reset.
  if (record !== null)
    while (!stopping.signal.aborted && !(await poll(stopping.signal))) await checkpoints.writeIfDue();
  const web: { listener: Pick<Listener, "refresh"> | null } = { listener: null };
  const queries: WebQueries = answerFromMemory(parts, async () => web.listener?.refresh());
  const app = createWebApp(queries, webOptions(options));
  const listener = await listenOnEach(app, {
    addresses: [config.web.listenAddress].flat(),
    source: options.webConfig,
    onListening: (url) => {
      options.logger.info("Listening", { url });
    },
  }).catch(async (error: unknown) => {
    await closeParts(parts, []);
    throw error;
  });
  web.listener = listener;
  const reading = readOn(parts, poll, stopping.signal);
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

/** One poll. True when all logs are read to their ends. Errors are logged and counted, and the next poll tries again. */
type Poll = (signal: AbortSignal) => Promise<boolean>;

function createPoll(parts: DaemonParts): Poll {
  const { options, detection, status, checkpoints } = parts;
  const { clock, logger } = options;
  const note = createPollNotes(parts);
  return async (signal) => {
    status.noteTurnBegun(clock.monotonic());
    try {
      const report = await detection.poll();
      if (report.bytes > 0) checkpoints.markChanged();
      note(report, signal);
      return report.isCaughtUp;
    } catch (error) {
      logger.error("Logs not followed", { error: reasonOf(error) });
      await pause(options.live.inForce().follow.pollMs, signal);
      return true;
    }
  };
}

/**
 * The first record is written when all logs have been read, or after this time (ms): until then it would save little reading, and it is the
 * one that costs most.
 */
const UNSAVED_MS = 30_000;

/** Polls, updates the organisation and the probes, and writes the state, until the signal is aborted. */
async function readOn(parts: DaemonParts, poll: Poll, signal: AbortSignal): Promise<void> {
  const { options, organisation, status, checkpoints } = parts;
  const { clock } = options;
  const hurryNew = createHurry(parts);
  const learnProbed = createProbeLearner(parts);
  const begunMs = clock.monotonic();
  let isAllRead = false;
  while (!signal.aborted) {
    const started = clock.monotonic();
    const isCaughtUp = await poll(signal);
    // `stop()` writes the state itself, at once.
    if (signal.aborted) return;
    await organisation.refresh();
    learnProbed();
    hurryNew();
    status.noteTurn();
    if (isCaughtUp && !isAllRead) options.onAllRead?.();
    isAllRead ||= isCaughtUp;
    const mayWrite = isAllRead || clock.monotonic() - begunMs >= UNSAVED_MS;
    if (!signal.aborted && mayWrite) await checkpoints.writeIfDue();
    const restMs = options.live.inForce().follow.pollMs - (clock.monotonic() - started);
    await pause(isCaughtUp ? Math.max(0, restMs) : 0, signal);
  }
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
