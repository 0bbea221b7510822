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

/** What the stories about refused clients share. */

/** How long clients of a scenario live their normal lives before and after it. */
export const LEAD_MS = 15 * MINUTE_MS;
/** Quiet time after the last refusal, so that every loop and incident has ended by any rule. */
export const TAIL_MS = 16 * MINUTE_MS;
/** A worker fetches the published keys within 30 minutes of its first Bearer request. */
const DEFAULT_REFUSED_MS = 12 * MINUTE_MS;

/** The protocol whose requests a front-end pool serves; MAPI for pools that serve none. */
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

/** A group as most scenarios want it; `change` says what is different. */
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
    // Late enough to differ, early enough that each makes a loop.
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

/** Starts the group, keeps everybody else's tokens away from the pool meanwhile, and says what the cause is. */
export function stageRefusals(staging: Staging, group: RefusedGroup, cause: Cause): void {
  staging.world.close(group.server, FRONT_END_POOL[group.protocol], { fromMs: staging.atMs, untilMs: group.healedMs });
  stageRefusalsOfSome(staging, group, cause);
}

/** The same, while all other clients are served as ever. */
export function stageRefusalsOfSome(staging: Staging, group: RefusedGroup, cause: Cause): void {
  const { world, scenario, atMs, untilMs } = staging;
  world.explain(group.server, FRONT_END_POOL[group.protocol], { cause, scenario, fromMs: atMs, untilMs });
  stageClients(staging, group);
}

/** Starts the group alone. */
export function stageClients({ world }: Staging, group: RefusedGroup): void {
  for (const actor of refusedClients(world, group)) world.start(actor);
}

/** Between the roll-over and the beginning of a story about it. */
const PUBLISHED_BEFORE_MS = 8 * MINUTE_MS;
/** Between the end of a story and the run of AuthAdmin that writes the keys to AD. */
const TRUSTED_AFTER_MS = 5 * MINUTE_MS;

/**
 * Entra ID publishes a new key some time before the story, and AuthAdmin writes it to AD at `trustedMs`: from then on no worker is
 * exposed.
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
 * The story of KB 4559435: Entra ID has published a new key, something replaced the pool's worker, and the new one refuses tokens until it
 * has fetched the keys. A second pool with the same story has the same roll-over.
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
