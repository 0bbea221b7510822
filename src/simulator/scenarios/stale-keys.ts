import { type AppPool, FRONT_END_POOL } from "../../model/app-pool.ts";
import { PROTOCOLS, type Cause, type Category, type Protocol } from "../../model/label-values.ts";
import type { ClientKind } from "../clients/client.ts";
import type { SimulatedServer } from "../farm-server.ts";
import { type RefusedGroup, refusedClients } from "../clients/refused-clients.ts";
import { type Outcome, REASON_SPELLINGS, type ReasonSpelling } from "../clients/request.ts";
import type { ScenarioParameters, Staging } from "../scenario.ts";
import { authAdminEvent, oauthEvent } from "../windows-events.ts";
import { once } from "./once.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Shared parts of the scenarios with refused clients. */

/** Duration of normal traffic of a scenario's clients before and after it (ms). */
export const LEAD_MS = 15 * MINUTE_MS;
/** Quiet time after the last refusal, so that every loop and incident has ended by any rule. */
export const TAIL_MS = 16 * MINUTE_MS;
/**
 * Default duration of refusals (ms): a worker process fetches the published keys within 30 minutes of its first Bearer
 * request.
 */
const DEFAULT_REFUSED_MS = 12 * MINUTE_MS;

/** The protocol that a front-end pool serves; MAPI for any other pool. */
export function protocolOf(appPool: AppPool): Protocol {
  return PROTOCOLS.find((protocol) => FRONT_END_POOL[protocol] === appPool) ?? "mapi";
}

export function kindFor(protocol: Protocol): ClientKind {
  switch (protocol) {
    case "ews":
      return "mac_outlook";
    case "eas":
      return "ios";
    case "rest":
      return "outlook_mobile";
    case "owa":
    case "ecp":
      return "browser";
    default:
      return "outlook";
  }
}

export function refusedMsOf(parameters: ScenarioParameters): number {
  return parameters.refusedMs ?? DEFAULT_REFUSED_MS;
}

export function refusalOf(staging: Staging, category: Category, by: "front_end" | "back_end" = "front_end"): Outcome {
  const isPlain =
    by === "back_end" ||
    !["invalid_signature", "invalid_resource", "invalid_user", "invalid_issuer", "oauth_not_available"].includes(
      category,
    );
  const spellings: readonly [ReasonSpelling, ...ReasonSpelling[]] = isPlain ? ["activity", "bare"] : REASON_SPELLINGS;
  return { kind: "rejected", category, by, spelling: staging.parameters.spelling ?? staging.random.pick(spellings) };
}

/** Default settings of a group of refused clients; `change` overrides them. */
export function groupOf(staging: Staging, appPool: AppPool, change: Partial<RefusedGroup>): RefusedGroup {
  const { server, parameters, atMs, random, group } = staging;
  const protocol = protocolOf(appPool);
  const beginMs = change.beginMs ?? atMs + 4_000;
  const retryMs = change.retryMs ?? parameters.retryMs ?? [6_000, 40_000];
  const healedMs = change.healedMs ?? beginMs + refusedMsOf(parameters);
  return {
    server,
    target: server,
    protocol,
    kind: kindFor(protocol),
    group,
    count: parameters.clients ?? 8 + random.below(24),
    aliveFromMs: atMs - LEAD_MS,
    servedUntilMs: atMs,
    beginMs,
    // Clients start at different times, but early enough that each of them makes a loop.
    spreadMs: Math.max(0, Math.min(90_000, healedMs - beginMs - 7 * retryMs[1])),
    healedMs,
    aliveUntilMs: healedMs + LEAD_MS,
    retryMs,
    refusal: refusalOf(staging, "invalid_signature"),
    isChallenged: true,
    patience: null,
    alsoServedBy: null,
    ...change,
  };
}

/** Starts the group, keeps regular clients away from the pool meanwhile, and records the cause. */
export function stageRefusals(staging: Staging, group: RefusedGroup, cause: Cause): void {
  staging.world.close(group.server, FRONT_END_POOL[group.protocol], { fromMs: staging.atMs, untilMs: group.healedMs });
  stageRefusalsOfSome(staging, group, cause);
}

/** Like `stageRefusals`, but all other clients are still served. */
export function stageRefusalsOfSome(staging: Staging, group: RefusedGroup, cause: Cause): void {
  const { world, scenario, atMs, untilMs } = staging;
  world.explain(group.server, FRONT_END_POOL[group.protocol], { cause, scenario, fromMs: atMs, untilMs });
  stageClients(staging, group);
}

/** Starts only the clients of the group. */
export function stageClients({ world }: Staging, group: RefusedGroup): void {
  for (const actor of refusedClients(world, group)) world.start(actor);
}

/** Time from the roll-over to the start of the scenario (ms). */
const PUBLISHED_BEFORE_MS = 8 * MINUTE_MS;
/** Time from the end of a scenario to the run of AuthAdmin that writes the keys to AD (ms). */
const TRUSTED_AFTER_MS = 5 * MINUTE_MS;

/**
 * Entra ID publishes a new key before the scenario, and AuthAdmin writes it to AD at `trustedMs`. From then on no new
 * worker process lacks a key.
 */
export function stageRollOver({ world, atMs, parameters }: Staging, trustedMs: number): void {
  const [first] = world.servers;
  const writtenMs = Math.floor(trustedMs);
  world.changeOrganisation({
    kind: "keys_published",
    atMs: atMs - (parameters.publishedBeforeMs ?? PUBLISHED_BEFORE_MS),
  });
  world.changeOrganisation({ kind: "keys_trusted", atMs: writtenMs });
  world.start(
    once(writtenMs, () => {
      world.tell(first, authAdminEvent(2013), writtenMs);
      world.tell(first, authAdminEvent(2015), writtenMs + 2_000);
    }),
  );
}

/**
 * The scenario of KB 4559435: Entra ID has published a new key and the pool's worker process was replaced. The new one
 * refuses tokens until it has fetched the keys. `isSecond`: a second pool that shares the roll-over of the first.
 */
export function stageStaleKeys(
  staging: Staging,
  story: {
    readonly appPool: AppPool;
    readonly change?: Partial<RefusedGroup>;
    readonly tellsOAuth?: boolean;
    readonly isSecond?: boolean;
  },
): void {
  const group = groupOf(staging, story.appPool, story.change ?? {});
  if (story.isSecond !== true) stageRollOver(staging, group.healedMs + TRUSTED_AFTER_MS);
  stageRefusals(staging, group, "stale_keys_after_recycle");
  if (story.tellsOAuth !== false)
    staging.world.start(keysFetched(staging, group.server, { appPool: story.appPool, atMs: group.healedMs }));
}

function keysFetched(
  { world }: Staging,
  server: SimulatedServer,
  found: { readonly appPool: AppPool; readonly atMs: number },
): ReturnType<typeof once> {
  return once(found.atMs, (atMs) =>
    world.tell(server, oauthEvent(2008, found.appPool, world.processId(server, found.appPool)), atMs),
  );
}
