import type { Config } from "../config/config-schema.ts";
import type { WebConfigSource } from "../exposition/listen.ts";
import type { ReloadResult } from "../exposition/web-port.ts";
import type { FollowTarget } from "../follow/follow-options.ts";
import type { Logger } from "../logging/open-logger.ts";
import type { Checkpoints, StateFolder } from "./checkpoints.ts";
import type { ExporterStatus } from "./exporter-status.ts";
import type { Organisation } from "./organisation.ts";
import type { Watch } from "./watch.ts";

export interface DaemonOptions {
  readonly config: Config;
  readonly target: FollowTarget;
  /** `server`: /metrics is the exporter and its one server. `central`: a page per server. */
  readonly mode: "server" | "central";
  readonly state: StateFolder;
  readonly logger: Logger;
  readonly webConfig: WebConfigSource | null;
  /** Reads the configuration again, and applies what can be. */
  readonly reload: () => Promise<ReloadResult>;
  readonly now: () => number;
}

/** Everything of a running daemon, handed to those who answer questions about it. */
export interface DaemonParts {
  readonly options: DaemonOptions;
  readonly watch: Watch;
  readonly organisation: Organisation;
  readonly status: ExporterStatus;
  readonly checkpoints: Checkpoints;
}
