import type { AppPool } from "../model/app-pool.ts";
import type { SimulatedServer, ServerTraits } from "./farm-server.ts";
import type { Random } from "./random.ts";
import type { ReasonSpelling } from "./clients/request.ts";
import type { World } from "./world.ts";

/** What a plan may set of a scenario; what it leaves out has the scenario's own value. */
export interface ScenarioParameters {
  /** Clients hit. */
  readonly clients?: number;
  readonly appPool?: AppPool;
  /** How long tokens are refused, milliseconds. */
  readonly refusedMs?: number;
  /** Pause between two attempts of a client, shortest and longest, milliseconds. */
  readonly retryMs?: readonly [number, number];
  readonly spelling?: ReasonSpelling;
  /** Where keys go stale: Entra ID publishes the new key so long before the scenario begins, milliseconds. */
  readonly publishedBeforeMs?: number;
  /** Another scenario of the plan tells of the roll-over that this one is about. */
  readonly sharesRollOver?: boolean;
}

/** One scenario in a farm: where and when. */
export interface Staging {
  readonly world: World;
  readonly scenario: string;
  /** The server it is about; scenarios of all servers take `world.servers`. */
  readonly server: SimulatedServer;
  /** When it begins: the instant of its first recycle or refusal. */
  readonly atMs: number;
  /** When its time is over: nothing of it happens from here on. */
  readonly untilMs: number;
  /** First of the eight numbers for groups of clients that are its own. */
  readonly group: number;
  readonly parameters: ScenarioParameters;
  readonly random: Random;
}

/** A story with a known truth that a farm can contain. */
export interface Scenario {
  /** One line for people. */
  readonly description: string;
  /** It holds no incident: it only looks like one. */
  readonly isNearMiss: boolean;
  /** It needs a server with these logs. */
  readonly logs: ServerTraits["logs"];
  /** It takes place on one server, or on all of them at once. */
  readonly scope: "server" | "farm";
  /** Time that it needs, from its beginning to the last thing that belongs to it, milliseconds. */
  readonly lengthMs: (parameters: ScenarioParameters) => number;
  /** Starts its actors. */
  readonly stage: (staging: Staging) => void;
}
