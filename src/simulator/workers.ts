import { APP_POOLS, type AppPool } from "../model/app-pool.ts";
import type { SimulatedServer } from "./farm-server.ts";
import type { Random } from "./random.ts";

/** The worker processes of every pool of every server. */
export interface Workers {
  readonly processId: (server: SimulatedServer, appPool: AppPool) => number;
  /** Starts a new worker process with another id. */
  readonly replace: (server: SimulatedServer, appPool: AppPool) => void;
}

export function createWorkers(random: Random): Workers {
  const processIds = new Map<string, number>();
  const newProcessId = (): number => 2_000 + 4 * random.below(7_000);
  const replace = (server: SimulatedServer, appPool: AppPool): void => {
    const key = `${server.name} ${appPool}`;
    const before = processIds.get(key);
    let processId = newProcessId();
    while (processId === before) processId = newProcessId();
    processIds.set(key, processId);
  };
  return {
    replace,
    processId: (server, appPool) => {
      const known = processIds.get(`${server.name} ${appPool}`);
      if (known !== undefined) return known;
      for (const pool of APP_POOLS) if (!processIds.has(`${server.name} ${pool}`)) replace(server, pool);
      return processIds.get(`${server.name} ${appPool}`) ?? 0;
    },
  };
}
