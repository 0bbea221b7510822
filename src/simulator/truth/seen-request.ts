import type { AppPool } from "../../model/app-pool.ts";
import type { Category, Protocol, Result } from "../../model/label-values.ts";

/** One request as the logs show it, each once, in order of time. */
export interface SeenRequest {
  /** As its finest log dates it: HttpProxy's milliseconds, else the whole second of IIS. */
  readonly atMs: number;
  readonly server: string;
  readonly appPool: AppPool;
  readonly protocol: Protocol;
  /** The simulator's own name of the client. */
  readonly client: string;
  readonly result: Result;
  /** The reason that a log shows; null where none does. */
  readonly category: Category | null;
  /** HttpProxy shows it as a 401 to a Bearer client without a reason: the client came without a token, or with one that was refused. */
  readonly asks: boolean;
}
