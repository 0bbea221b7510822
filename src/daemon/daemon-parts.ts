import type { WebConfigSource } from "../web/listen.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { Clock } from "../model/clock.ts";
import type { Checkpoints, StateFolder } from "./checkpoints.ts";
import type { ExporterStatus } from "./exporter-status.ts";
import type { LiveConfig } from "./live-config.ts";
import type { Organisation } from "../collectors/organisation-watch.ts";
import type { LiveProbes, OpenProbes } from "./probe/live-probes.ts";
import type { LiveDetection } from "../live/live-detection.ts";

export interface DaemonOptions {
  readonly live: LiveConfig;
  readonly target: FollowTarget;
  /** `server`: /metrics has the exporter and its one server. `central`: one metrics page per server. */
  readonly mode: "server" | "central";
  readonly state: StateFolder;
  readonly logger: Logger;
  readonly webConfig: WebConfigSource | null;
  readonly clock: Clock;
  /** Opens the configured probe, at the start and at each reload; absent: no probe. The daemon starts and closes it. */
  readonly openProbes?: OpenProbes;
  /** Called once, when all logs that existed at the start have been read. */
  readonly onAllRead?: () => void;
  /** Abort it to stop the daemon before it has caught up with the logs; `stop()` must be called as well. */
  readonly stopping?: AbortSignal;
}

/** The parts of a running daemon. */
export interface DaemonParts {
  readonly options: DaemonOptions;
  readonly detection: LiveDetection;
  readonly organisation: Organisation;
  readonly status: ExporterStatus;
  readonly checkpoints: Checkpoints;
  /** Holds the current probe, if any. */
  readonly probes: LiveProbes;
}
