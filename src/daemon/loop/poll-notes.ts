import type { PollReport } from "../../follow/follower.ts";
import type { FileError } from "../../reading/file-error.ts";
import { serversAhead } from "../clock-notices.ts";
import type { DaemonParts } from "../daemon-parts.ts";
import { missingLogs } from "../known-servers.ts";
import { FAULT_MEMORY_MS, FaultMemory } from "./fault-memory.ts";

/** Logs and counts what a poll has shown. `signal`: aborted when the daemon stops. */
export type NotePoll = (report: PollReport, signal: AbortSignal) => void;

/** What lasts is logged once: when it begins and, for a server that did not answer, when it ends. */
export function createPollNotes(parts: DaemonParts): NotePoll {
  const { options, detection, status } = parts;
  const { clock, logger } = options;
  const faults = new FaultMemory(FAULT_MEMORY_MS);
  const silent = new Set<string>();

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

  return (report, signal) => {
    for (const error of report.errors) noteError(error);
    // A server whose operation was abandoned because of a stop is not silent.
    if (!signal.aborted) noteSilence();
    noteAhead();
    if (!report.isCaughtUp || status.isCaughtUp) return;
    status.noteCaughtUp();
    logger.info("Caught up with the logs", { servers: detection.follower.servers().length });
    if (detection.follower.serversWithLogs().size === 0 && detection.follower.farmFault() === null) noteNoLogs();
  };
}
