import type { AppPool } from "../model/app-pool.ts";
import type { SimulatedServer, ServerTraits } from "./farm-server.ts";
import type { Random } from "./random.ts";
import type { ReasonSpelling } from "./clients/request.ts";
import type { World } from "./world.ts";

/** Settings of a scenario that a plan may override. */
export interface ScenarioParameters {
  /** Number of affected clients. */
  readonly clients?: number;
  readonly appPool?: AppPool;
  /** Duration for which tokens are refused, milliseconds. */
  readonly refusedMs?: number;
  /** Minimum and maximum pause between two attempts of a client, milliseconds. */
  readonly retryMs?: readonly [number, number];
  readonly spelling?: ReasonSpelling;
  /** For stale keys: how long before the scenario Entra ID publishes the new key, milliseconds. */
  readonly publishedBeforeMs?: number;
  /** Another scenario of the plan already performs the key roll-over of this one. */
  readonly sharesRollOver?: boolean;
}

/** One scenario in a farm: server and time. */
export interface Staging {
  readonly world: World;
  readonly scenario: string;
  /** Its server; scenarios of the whole farm use `world.servers`. */
  readonly server: SimulatedServer;
  /** Start: the time of its first recycle or refusal, Unix milliseconds. */
  readonly atMs: number;
  /** End, Unix milliseconds: nothing of the scenario happens from here on. */
  readonly untilMs: number;
  /** First of the client group numbers (at least eight) reserved for it. */
  readonly group: number;
  readonly parameters: ScenarioParameters;
  readonly random: Random;
}

/** A scenario that a farm can contain. What really happens in it is known. */
export interface Scenario {
  /** Description in one line. */
  readonly description: string;
  /** It contains no incident, but looks like one. */
  readonly isNearMiss: boolean;
  /** The logs that its server must have. */
  readonly logs: ServerTraits["logs"];
  /** It affects one server, or all servers at once. */
  readonly scope: "server" | "farm";
  /** Duration from its start to its last effect, milliseconds. */
  readonly lengthMs: (parameters: ScenarioParameters) => number;
  /** Starts its actors in the world. */
  readonly stage: (staging: Staging) => void;
}
