import type { Scenario } from "../scenario.ts";
import { oauthEvent } from "../windows-events.ts";
import { once } from "./once.ts";
import { MINUTE_MS, TAIL_MS, groupOf, refusalOf, refusedMsOf, stageClients, stageRefusals, stageRefusalsOfSome } from "./stale-keys.ts";

/** Scenarios in which the reason that Exchange gives tells the cause. None begins with a recycle. */

const lengthMs: Scenario["lengthMs"] = (parameters) => refusedMsOf(parameters) + TAIL_MS;

/** Half a day of a wrong address at the balancer, here minutes: some are served once it is put right, some have given up. */
export const audienceMismatch: Scenario = {
  description: "tokens for another host name: invalid_resource after a change at the balancer; some clients give up",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusal = refusalOf(staging, "invalid_resource");
    stageRefusals(staging, groupOf(staging, appPool, { refusal }), "audience_mismatch");
    stageClients(staging, groupOf(staging, appPool, { refusal, group: staging.group + 1, count: 4, patience: 9, retryMs: [5_000, 20_000] }));
  },
};

/** HMA is off or half on: every Bearer request is told so, there is no challenge before. */
export const modernAuthNotOffered: Scenario = {
  description: "modern authentication is not offered: code 4000000 to every Bearer request",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    stageRefusals(staging, groupOf(staging, appPool, { refusal: refusalOf(staging, "oauth_not_available"), isChallenged: false }), "modern_auth_not_offered");
  },
};

/** The server's clock is off: every token is out of date for it, whatever the pool. */
export const clockSkew: Scenario = {
  description: "the server's clock is wrong: token_expired on two pools until it is set right",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const refusal = refusalOf(staging, "token_expired");
    stageRefusals(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { refusal }), "clock_skew");
    stageRefusals(staging, groupOf(staging, "MSExchangeServicesAppPool", { refusal, group: staging.group + 1, count: 7 }), "clock_skew");
  },
};

/** The AuthServer object is gone or overwritten: all servers, after a run of the hybrid wizard. */
export const unknownIssuer: Scenario = {
  description: "no AuthServer object for the tokens' issuer: invalid_issuer on all servers until it is put right",
  isNearMiss: false, logs: "all", scope: "farm", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusal = refusalOf(staging, "invalid_issuer");
    for (const server of staging.world.servers) {
      const group = groupOf({ ...staging, server }, appPool, { refusal, group: staging.group + server.index });
      stageRefusals({ ...staging, server }, group, "unknown_issuer");
    }
  },
};

/** A few users whom the directory does not know by that name; everybody else is served. They never recover. */
export const unknownUser: Scenario = {
  description: "five devices of users that are not in the directory: invalid_user, never served, while all others are",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeSyncAppPool";
    const group = groupOf(staging, appPool, { refusal: refusalOf(staging, "invalid_user"), count: staging.parameters.clients ?? 5, patience: 20, aliveFromMs: staging.atMs });
    stageRefusalsOfSome(staging, group, "unknown_user");
  },
};

/** The front end lets the token pass, the back end of another server does not. */
export const backEndRejection: Scenario = {
  description: "the back end of the mailbox server refuses what the front end let pass: 401 of both, category with -BE, MapiHttp columns",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const { world, server } = staging;
    const target = world.servers[(server.index + 1) % world.servers.length] ?? server;
    const refusal = refusalOf(staging, "invalid_signature", "back_end");
    stageRefusalsOfSome(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { refusal, target: target.logs === "all" ? target : server }), "backend_rejection");
  },
};

/** The OAuth configuration cannot be read from AD: internal_error for some requests, status 500 for others, OAuth 2001. */
export const oauthConfiguration: Scenario = {
  description: "the OAuth configuration cannot be loaded: internal_error and status 500, OAuth 2001",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = parameters.appPool ?? "MSExchangeServicesAppPool";
    stageRefusals(staging, groupOf(staging, appPool, { refusal: refusalOf(staging, "internal_error") }), "oauth_configuration");
    stageClients(staging, groupOf(staging, appPool, { refusal: { kind: "error", status: 500, by: "front_end" }, group: staging.group + 1, count: 5 }));
    for (let toldMs = atMs + 1_000; toldMs < atMs + refusedMsOf(parameters); toldMs += 3 * MINUTE_MS) {
      world.start(once(toldMs, () => world.tell(server, oauthEvent(2001, appPool, world.processId(server, appPool)), toldMs)));
    }
  },
};

/** Somebody tries tokens that nobody ever signed, from many addresses. Never a success. */
export const junkTokens: Scenario = {
  description: "junk tokens from many odd addresses: invalid_token, never a success, no recycle",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeServicesAppPool";
    const count = Math.min(staging.parameters.clients ?? 60, 500);
    const group = groupOf(staging, appPool, {
      refusal: refusalOf(staging, "invalid_token"), kind: "script", count, isChallenged: false, patience: 40, retryMs: staging.parameters.retryMs ?? [2_000, 18_000], aliveFromMs: staging.atMs,
    });
    stageRefusalsOfSome(staging, group, "junk_tokens");
  },
};

/** A reason that has no name here, and nothing else to go by. */
export const unexplained: Scenario = {
  description: "refusals with a reason that has no name here, on one server, without recycle or event",
  isNearMiss: false, logs: "all", scope: "server", lengthMs,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeAutodiscoverAppPool";
    const group = groupOf(staging, appPool, { refusal: refusalOf(staging, "unknown"), count: staging.parameters.clients ?? 6 });
    stageRefusalsOfSome(staging, group, "unexplained");
  },
};
