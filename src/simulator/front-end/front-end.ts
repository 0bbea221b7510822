import type { CryptoKey } from "jose";
import { FRONT_END_POOL, type AppPool } from "../../model/app-pool.ts";
import type { Protocol } from "../../model/label-values.ts";
import { challengeAnswer, servedAnswer, type FrontEndAnswer, type FrontEndFace } from "./front-end-answer.ts";
import { NEW_WORKER, touchWorker, type KeySources, type PoolWorker } from "./pool-worker.ts";
import { validateToken } from "./validate-token.ts";

/** One request to a front end. */
export interface FrontEndRequest {
  readonly protocol: Protocol;
  /** Value of the `Authorization` header; "" when absent. */
  readonly authorization: string;
  /** Value of the `Host` header. */
  readonly host: string;
}

/** The environment of a simulated front end at the time of a request. */
export interface FrontEndWorld extends KeySources {
  readonly nowMs: number;
  /** Public keys of the authority, by id. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  readonly issuer: string;
  /** Time from a worker's first Bearer request to its first fetch of the published keys, milliseconds. */
  readonly delayMs: (appPool: AppPool) => number;
}

/**
 * The front end of one simulated Exchange server. Each app pool has a worker process with its own keys and fetch times.
 */
export interface FrontEnd {
  readonly answer: (request: FrontEndRequest, world: FrontEndWorld) => Promise<FrontEndAnswer>;
  /**
   * Gives every pool a long-running worker process with these keys, which next fetches the published keys at
   * `refreshAtMs`.
   */
  readonly begin: (keys: readonly string[], refreshAtMs: number) => void;
  /** Makes every worker process that has loaded keys fetch the published ones now. */
  readonly fetchKeys: (published: readonly string[]) => void;
  /** Replaces the pool's worker process; the new one has loaded no keys. */
  readonly recycle: (appPool: AppPool) => void;
  readonly worker: (appPool: AppPool) => PoolWorker;
}

export function createFrontEnd(face: FrontEndFace): FrontEnd {
  const workers = new Map<AppPool, PoolWorker>();
  const worker = (appPool: AppPool): PoolWorker => workers.get(appPool) ?? NEW_WORKER;
  return {
    worker,
    begin: (keys, refreshAtMs) => {
      for (const appPool of Object.values(FRONT_END_POOL)) workers.set(appPool, { keys, refreshAtMs });
    },
    fetchKeys: (published) => {
      for (const [appPool, { keys, refreshAtMs }] of workers)
        if (keys !== null) workers.set(appPool, { keys: [...new Set([...keys, ...published])], refreshAtMs });
    },
    recycle: (appPool) => void workers.set(appPool, NEW_WORKER),
    answer: async ({ protocol, authorization, host }, world) => {
      const appPool = FRONT_END_POOL[protocol];
      // Sample: Bearer eyJhbGciOi… or Bearer
      const bearer = /^bearer(?:\s+(\S+))?\s*$/i.exec(authorization);
      if (bearer === null || !face.isOAuthOn) return challengeAnswer({ ...face, isOAuthOn: false }, protocol, null);
      const { nowMs } = world;
      const touched = touchWorker(worker(appPool), world, { nowMs, delayMs: world.delayMs(appPool) });
      workers.set(appPool, touched);
      const token = bearer[1];
      if (token === undefined) return challengeAnswer(face, protocol, null);
      const refused = await validateToken(token, protocol, {
        audience: `https://${host}`,
        issuer: world.issuer,
        tenant: face.tenant,
        keys: keysOf(touched, world.publicKeys),
        nowMs,
      });
      return refused === null ? servedAnswer(face) : challengeAnswer(face, protocol, refused);
    },
  };
}

function keysOf({ keys }: PoolWorker, publicKeys: FrontEndWorld["publicKeys"]): ReadonlyMap<string, CryptoKey> {
  return new Map([...publicKeys].filter(([id]) => keys?.includes(id) === true));
}

const PATHS: readonly (readonly [string, Protocol])[] = [
  ["/ews/", "ews"],
  ["/mapi/", "mapi"],
  ["/autodiscover/", "autodiscover"],
  ["/microsoft-server-activesync", "eas"],
  ["/oab/", "oab"],
  ["/api/", "rest"],
  ["/owa/", "owa"],
  ["/ecp/", "ecp"],
];

/** Protocol of a path; null when it is not a path of Exchange. */
export function protocolOfPath(path: string): Protocol | null {
  const small = path.toLowerCase();
  return PATHS.find(([prefix]) => small.startsWith(prefix))?.[1] ?? null;
}
