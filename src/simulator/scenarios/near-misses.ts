import { simulatedClient } from "../client.ts";
import type { RefusedGroup } from "../refused-clients.ts";
import type { Scenario, Staging } from "../scenario.ts";
import { once } from "./once.ts";
import { stageCrash } from "./crash.ts";
import { MINUTE_MS, TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";
import type { Actor } from "../world.ts";

/** What looks like an incident and is none. */

const nearMiss = { isNearMiss: true, logs: "all", scope: "server" } as const;

/** Monday morning: everybody starts Outlook, some twice; eight connections each, all challenged at once. */
export const outlookStorm: Scenario = {
  ...nearMiss,
  description: "Monday morning: dozens of Outlooks start, eight connections each, every one challenged once, then served",
  lengthMs: () => 10 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 80;
    for (let index = 0; index < count; index++) staging.world.start(outlookStarts(staging, index));
  },
};

/** The same where IIS alone sees it, and cannot tell a challenge from a refusal. */
export const outlookStormIisOnly: Scenario = {
  ...outlookStorm,
  logs: "iis_only",
  description: "Monday morning on a server with IIS logs alone: every challenge is suspect, none is a loop",
};

function* outlookStarts({ world, server, group, atMs }: Staging, index: number): Actor {
  const random = world.random(`storm ${group} ${index}`);
  const client = simulatedClient("outlook", group, index);
  const startMs = atMs + random.between(0, 5 * MINUTE_MS);
  const starts = index % 3 === 0 ? [startMs, startMs + random.between(60_000, 4 * MINUTE_MS)] : [startMs];
  for (const beginMs of starts) {
    yield beginMs;
    for (const [count, outcome, afterMs] of [[8, "challenge", 0], [8, "success", 600]] as const) {
      for (let connection = 0; connection < count; connection++) {
        world.send({ server, target: server, client, protocol: "mapi", signIn: "bearer", outcome: { kind: outcome }, atMs: beginMs + afterMs + random.between(0, 400) });
      }
    }
  }
}

/** NTLM that never succeeds: no token is involved. */
export const ntlmLoops: Scenario = {
  ...nearMiss,
  description: "NTLM that never succeeds, again and again: no Bearer token is involved",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 12;
    for (let index = 0; index < count; index++) staging.world.start(failingSignIns(staging, index, { signIn: "ntlm", retryMs: [5_000, 15_000] }));
  },
};

/** Phones with an old password. */
export const basicBadPasswords: Scenario = {
  ...nearMiss,
  description: "phones that go on with an old password: Basic, 401 1 1326",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const count = staging.parameters.clients ?? 10;
    for (let index = 0; index < count; index++) staging.world.start(failingSignIns(staging, index, { signIn: "basic", retryMs: [10_000, 45_000] }));
  },
};

function* failingSignIns(staging: Staging, index: number, how: { readonly signIn: "ntlm" | "basic"; readonly retryMs: readonly [number, number] }): Actor {
  const { world, server, group, parameters } = staging;
  const { signIn } = how;
  const random = world.random(`failing ${group} ${index}`);
  const client = simulatedClient(signIn === "ntlm" ? "outlook_ntlm" : "basic_phone", group, index);
  const common = { server, target: server, client, protocol: signIn === "ntlm" ? "mapi" : "eas", signIn } as const;
  const endMs = staging.atMs + refusedMsOf(parameters);
  for (let atMs = staging.atMs + random.between(0, 30_000); atMs < endMs; atMs += random.between(...how.retryMs)) {
    yield atMs;
    world.send({ ...common, outcome: { kind: "anonymous" }, atMs });
    if (signIn === "ntlm") world.send({ ...common, outcome: { kind: "handshake" }, atMs: atMs + 20 });
    world.send({ ...common, outcome: { kind: "logon_failed", win32: signIn === "ntlm" ? 2148074252 : 1326 }, atMs: atMs + 45 });
  }
}

/** Two clients are no incident. */
export const twoClientsOnly: Scenario = {
  ...nearMiss,
  description: "two clients in loops: two are no incident",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { count: 2 })),
};

/** Six refusals within ten seconds are no loop. */
export const shortBurst: Scenario = {
  ...nearMiss,
  description: "a dozen clients refused six times each within ten seconds, then served: too short for a loop",
  lengthMs: () => MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const beginMs = staging.atMs + 4_000;
    stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { count: 12, beginMs, healedMs: beginMs + 10_000, spreadMs: 1_500, retryMs: [1_000, 1_600] }));
  },
};

/** Four refusals are no loop. */
export const fewRefusals: Scenario = {
  ...nearMiss,
  description: "ten clients that give up after four refusals: too few for a loop",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { count: 10, patience: 4, retryMs: [8_000, 30_000] })),
};

/** Refusals three minutes apart are no loop. */
export const slowRetries: Scenario = {
  ...nearMiss,
  description: "ten clients that try again only after three minutes: each refusal stands alone",
  lengthMs: () => 30 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const group: Partial<RefusedGroup> = { count: 10, retryMs: [140_000, 220_000], spreadMs: 60_000, healedMs: staging.atMs + 30 * MINUTE_MS };
    stageClients(staging, groupOf(staging, "MSExchangeServicesAppPool", group));
  },
};

/** Three loops, one after the other. */
export const loopsInTurn: Scenario = {
  ...nearMiss,
  description: "three clients in loops, but never two at once",
  lengthMs: () => 65 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    for (const turn of [0, 1, 2]) {
      const beginMs = staging.atMs + turn * 27 * MINUTE_MS;
      const change = { count: 1, beginMs, servedUntilMs: beginMs, aliveFromMs: beginMs - 5 * MINUTE_MS, healedMs: beginMs + 6 * MINUTE_MS, spreadMs: 0, retryMs: [8_000, 30_000] as const, group: staging.group + turn };
      stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", change));
    }
  },
};

/** The worker crashes, and the next one knows all keys. */
export const recycleWithoutDrift: Scenario = {
  ...nearMiss,
  description: "a crash, WAS 5011, and the new worker accepts every token",
  lengthMs: () => TAIL_MS,
  stage: stageCrash,
};

/** Probes of the server itself that are refused: noise, however many. */
export const refusedProbes: Scenario = {
  ...nearMiss,
  description: "health probes from loopback whose tokens are refused for minutes: noise",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = "MSExchangeMapiFrontEndAppPool";
    for (const index of [0, 1, 2, 3]) {
      const address = index % 2 === 0 ? "127.0.0.1" : "::1";
      const probe = { ...simulatedClient("outlook", staging.group, index), address, userAgent: index < 2 ? "AMProbe/Local/ClientAccess" : "MapiHttpClient" };
      const { refusal } = groupOf(staging, appPool, {});
      for (let probedMs = atMs + index * 900; probedMs < atMs + refusedMsOf(parameters); probedMs += 10_000) {
        world.start(once(probedMs, () => world.send({ server, target: server, client: probe, protocol: "mapi", signIn: "bearer", outcome: refusal, atMs: probedMs, isNoise: true })));
      }
    }
  },
};
