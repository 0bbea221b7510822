import { pause } from "../../reading/pause.ts";
import { FAULT_MEMORY_MS, FaultMemory } from "./fault-memory.ts";
import { serversAhead } from "../clock-notices.ts";
import type { DaemonParts } from "../daemon-parts.ts";
import { createProbeLearner } from "../probe/probe-learner.ts";
import { createHurry } from "../probe/probe-hurry.ts";
import { missingLogs } from "../known-servers.ts";
import type { FileError } from "../../reading/file-error.ts";
import { reasonOf } from "../../model/reason-of.ts";

/** Main loop of the daemon: reads the logs and writes the state. */
export interface ReadingLoop {
  /** Polls and writes the state until all existing logs are read, or the signal is aborted. */
  readonly catchUp: (signal: AbortSignal) => Promise<void>;
  /** Polls, updates the organisation and the probes, and writes the state, until the signal is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function createReadingLoop(parts: DaemonParts): ReadingLoop {
  const { options, detection, status, checkpoints, organisation } = parts;
  const { clock, logger } = options;
  const faults = new FaultMemory(FAULT_MEMORY_MS);
  const silent = new Set<string>();
  const hurryNew = createHurry(parts);
  const learnProbed = createProbeLearner(parts);

  /** One poll. True when all logs are read to their ends. Errors are logged and counted, and the next poll tries again. */
  async function poll(signal: AbortSignal): Promise<boolean> {
    status.noteTurnBegun(clock.monotonic());
    try {
      const report = await detection.poll();
      if (report.bytes > 0) checkpoints.markChanged();
      for (const error of report.errors) noteError(error);
      // A server whose operation was abandoned because of a stop is not silent.
      if (!signal.aborted) noteSilence();
      noteAhead();
      if (report.isCaughtUp && !status.isCaughtUp) {
        status.noteCaughtUp();
        logger.info("Caught up with the logs", { servers: detection.follower.servers().length });
        if (detection.follower.serversWithLogs().size === 0 && detection.follower.farmFault() === null) noteNoLogs();
      }
      return report.isCaughtUp;
    } catch (error) {
      logger.error("Logs not followed", { error: reasonOf(error) });
      await pause(options.live.inForce().follow.pollMs, signal);
      return true;
    }
  }

  /** Logs a fault of a file once, and again only after it has been away for FAULT_MEMORY_MS. */
  function noteError(error: FileError): void {
    status.noteReadError(error);
    if (!faults.isNew(`${error.server}/${error.file} ${error.message}`, clock.monotonic())) return;
    if (error.server === "" && error.file === "") noteNoLogs();
    else logger.warn("Log not read", { server: error.server, file: error.file, error: error.message });
  }

  function noteNoLogs(): void {
    logger.warn("No server's logs found", { error: missingLogs(parts) });
  }

  function noteSilence(): void {
    const now = detection.follower.silent();
    for (const { server, sinceMs } of now) {
      if (silent.has(server)) continue;
      silent.add(server);
      logger.warn("Server does not answer", { server, since: new Date(sinceMs).toISOString() });
    }
    for (const server of [...silent]) {
      if (now.some((one) => one.server === server)) continue;
      silent.delete(server);
      logger.info("Server answers again", { server });
    }
  }

  function noteAhead(): void {
    for (const { server, seconds } of serversAhead(detection.engine)) {
      if (!status.noteAhead(server)) continue;
      logger.warn("Log rows are dated ahead of the exporter's clock", { server, aheadSeconds: seconds });
    }
  }

  return {
    catchUp: async (signal) => {
      while (!signal.aborted && !(await poll(signal))) await checkpoints.writeIfDue();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        const started = clock.monotonic();
        const isCaughtUp = await poll(signal);
        // `stop()` writes the state itself, at once.
        if (signal.aborted) return;
        await organisation.refresh();
        learnProbed();
        hurryNew();
        status.noteTurn();
        if (!signal.aborted) await checkpoints.writeIfDue();
        const restMs = options.live.inForce().follow.pollMs - (clock.monotonic() - started);
        await pause(isCaughtUp ? Math.max(0, restMs) : 0, signal);
      }
    },
  };
}
