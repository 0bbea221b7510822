import type { AppPool } from "../../model/app-pool.ts";
import type { Category, Protocol, Result } from "../../model/label-values.ts";

/** One request as the logs show it. Requests come in order of time, each once. */
export interface SeenRequest {
  /** Time in its most precise log: HttpProxy's milliseconds, else the whole second of IIS. Unix milliseconds. */
  readonly atMs: number;
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  /** The simulator's name of the client. */
  readonly client: string;
  readonly result: Result;
  /** The reason in a log; null when no log shows one. */
  readonly category: Category | null;
  /** HttpProxy shows a 401 to a Bearer client without a reason: the client had no token, or its token was refused. */
  readonly asks: boolean;
}
