import type { AppPool } from "../model/app-pool.ts";
import { issuerOf, signAppToken, type AuthorityKey } from "../simulator/front-end/authority.ts";
import { createFrontEnd, type FrontEnd, type FrontEndWorld } from "../simulator/front-end/front-end.ts";
import type { KeyIds } from "../simulator/front-end/key-ids.ts";
import { createAuthorityKey } from "./authority-key.ts";
import type { FrontEndAnswer } from "../simulator/front-end/front-end-answer.ts";
import { openFrontEnd, type RunningFrontEnd, type SeenRequest } from "./open-front-end.ts";
import { selfSigned, type SelfSigned } from "./self-signed.ts";

export interface FrontEndFarmOptions {
  readonly servers: readonly string[];
  /** Public DNS names; one certificate has them all. */
  readonly namespaces: readonly string[];
  readonly tenant: string;
  /** Returns the ids of the keys published and trusted now. */
  readonly keys: () => KeyIds;
  /** Simulated time, Unix ms. */
  readonly now: () => number;
  /** Time from a worker's first Bearer request until it fetches the published keys, ms. */
  readonly delayMs: number;
  /** Called after each answer. */
  readonly onAnswer?: (server: string, request: SeenRequest, answer: FrontEndAnswer) => void;
}

/** Simulated front ends of a farm on loopback, and the source of the tokens that they accept. */
export interface FrontEndFarm {
  readonly servers: readonly { readonly name: string; readonly port: number }[];
  /** The certificate of all front ends, which clients must trust, and its key. */
  readonly tls: SelfSigned;
  /**
   * A token for `https://<namespace>` of an application without roles, signed with the newest published key. `claims` replace or add
   * claims.
   */
  readonly tokenFor: (
    namespace: string,
    claims?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly token: string; readonly keyId: string }>;
  /** Replaces the worker process of that pool. */
  readonly recycle: (server: string, appPool: AppPool) => void;
  readonly close: () => Promise<void>;
}

/**
 * Opens a front end for each server. Entra ID publishes a key days before it signs with it, and every running worker process fetches it in
 * that time. So when the published keys change, running workers have the new keys at once; workers that start later have those in AD.
 */
export async function openFrontEndFarm(options: FrontEndFarmOptions): Promise<FrontEndFarm> {
  const { servers, namespaces, tenant, now, delayMs } = options;
  // All key ids share one key pair: a simulated worker decides by the id.
  const pair = await createAuthorityKey("");
  const tls = selfSigned(namespaces, { nowMs: Date.now() });
  const frontEnds = new Map(
    servers.map((server) => [server, createFrontEnd({ server, tenant, isOAuthOn: true, isModernAuthOn: true })]),
  );
  for (const frontEnd of frontEnds.values()) frontEnd.begin(options.keys().published, now() + delayMs);
  const worldNow = createWorldSource(options, pair, [...frontEnds.values()]);
  const running = await Promise.all(
    [...frontEnds].map(async ([name, frontEnd]) => ({
      name,
      running: await openFrontEnd({
        frontEnd,
        tls,
        world: () => worldNow(now(), delayMs),
        onAnswer: (request, answer) => options.onAnswer?.(name, request, answer),
      }),
    })),
  );
  return {
    servers: running.map(({ name, running: { port } }) => ({ name, port })),
    tls,
    tokenFor: async (namespace, claims = {}) => {
      const keyId = options.keys().published.at(-1) ?? "";
      const audience = `https://${namespace}`;
      const token = await signAppToken({
        key: { ...pair, id: keyId },
        audience,
        issuer: issuerOf(tenant),
        tenant,
        nowMs: now(),
        claims,
      });
      return { token, keyId };
    },
    recycle: (server, appPool) => frontEnds.get(server)?.recycle(appPool),
    close: () => closeAll(running.map((one) => one.running)),
  };
}

function createWorldSource(
  { keys, tenant }: FrontEndFarmOptions,
  { publicKey }: AuthorityKey,
  frontEnds: readonly FrontEnd[],
): (nowMs: number, delayMs: number) => FrontEndWorld {
  let newest = keys().published.at(-1);
  return (nowMs, delayMs) => {
    const { published, trusted } = keys();
    if (published.at(-1) !== newest) {
      newest = published.at(-1);
      for (const frontEnd of frontEnds) frontEnd.fetchKeys(published);
    }
    const publicKeys = new Map([...published, ...trusted].map((id) => [id, publicKey]));
    return { nowMs, trusted, published, publicKeys, issuer: issuerOf(tenant), delayMs: () => delayMs };
  };
}

async function closeAll(running: readonly RunningFrontEnd[]): Promise<void> {
  await Promise.all(running.map((one) => one.close()));
}
