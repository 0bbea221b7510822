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
  /** `server`: /metrics is the exporter and its one server. `central`: a page per server. */
  readonly mode: "server" | "central";
  readonly state: StateFolder;
  readonly logger: Logger;
  readonly webConfig: WebConfigSource | null;
  readonly clock: Clock;
  /** Opens the configured probe of the servers, at the start and at each reload; absent for none. The daemon starts and closes it. */
  readonly openProbes?: OpenProbes;
  /** Aborted when it is to stop before it has caught up with the logs; `stop()` is called all the same. */
  readonly stopping?: AbortSignal;
}

/** Everything of a running daemon, handed to those who answer questions about it. */
export interface DaemonParts {
  readonly options: DaemonOptions;
  readonly detection: LiveDetection;
  readonly organisation: Organisation;
  readonly status: ExporterStatus;
  readonly checkpoints: Checkpoints;
  /** The probe in force; null for none. */
  readonly probes: LiveProbes;
}
